//! From where a key may be used.

use std::fmt;
use std::net::IpAddr;

use ipnet::IpNet;

use crate::invalid_name::InvalidName;

/// A network that addresses are held against, such as `10.0.0.0/8` (RFC 4632).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Cidr(IpNet);

impl Cidr {
    /// Reads a network, or one address.
    ///
    /// # Errors
    /// Anything else, and a network with bits behind its prefix: it is not said which one is meant.
    pub fn parse(text: &str) -> Result<Self, InvalidName> {
        let one = text.parse::<IpAddr>().map(|address| IpNet::from(address.to_canonical()));
        let network = one.or_else(|_| text.parse::<IpNet>()).ok();
        network.filter(|network| *network == network.trunc()).map(Self).ok_or(InvalidName::new(
            "an address, or a network such as 10.0.0.0/8 without bits behind its prefix",
        ))
    }

    /// Whether `address` is in it. An IPv4 address that is written as IPv6 is an IPv4 address.
    pub fn contains(&self, address: IpAddr) -> bool {
        self.0.contains(&address.to_canonical())
    }

    /// Whether all of `other` is in it.
    pub fn covers(&self, other: &Self) -> bool {
        self.0.contains(&other.0)
    }
}

impl fmt::Display for Cidr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
