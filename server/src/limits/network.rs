//! Whom an address stands for.

use std::net::{IpAddr, Ipv6Addr};

/// Who has one address of IPv6 has all of its /64 (RFC 6177).
pub(super) fn network(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(address) => {
            let upper = address.to_bits() >> 64 << 64;
            Ipv6Addr::from_bits(upper).into()
        }
    }
}
