//! The network of a client's address.

use std::net::{IpAddr, Ipv6Addr};

/// The address of an IPv4 client; the /64 network of an IPv6 client, which usually owns all of it
/// (RFC 6177).
pub(crate) fn network(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(address) => {
            let upper = address.to_bits() >> 64 << 64;
            Ipv6Addr::from_bits(upper).into()
        }
    }
}

/// The /48 that an IPv6 client's site usually has (RFC 6177 §2); an IPv4 client's is not known.
pub(crate) fn site(address: IpAddr) -> Option<IpAddr> {
    match address {
        IpAddr::V4(_) => None,
        IpAddr::V6(address) => Some(Ipv6Addr::from_bits(address.to_bits() >> 80 << 80).into()),
    }
}
