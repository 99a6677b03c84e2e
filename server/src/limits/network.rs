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
