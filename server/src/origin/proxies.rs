//! The client's address behind trusted proxies.

use std::net::{IpAddr, SocketAddr};
use std::str::FromStr;

use ipnet::IpNet;

/// The setting's word for clients of the Unix socket.
const SOCKET: &str = "unix";

/// The trusted proxies, and the header that they set. Without any, a client's address is that of
/// its connection.
#[derive(Debug, Clone, Default)]
pub struct TrustedProxies {
    networks: Vec<IpNet>,
    by_socket: bool,
    says: ForwardedBy,
}

/// The header that the proxies set. The other header is ignored: any client can send it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, clap::ValueEnum, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ForwardedBy {
    /// `X-Forwarded-For`
    #[default]
    XForwardedFor,
    /// `Forwarded` (RFC 7239)
    Forwarded,
}

/// A text that is no proxy.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is neither an address, nor a network such as 10.0.0.0/8, nor `unix`")]
pub struct InvalidProxy(String);

impl TrustedProxies {
    /// Parses addresses, networks, and `unix` for the Unix socket.
    ///
    /// # Errors
    /// [`InvalidProxy`] with the first text that is none of these.
    pub fn parse(proxies: &[String], says: ForwardedBy) -> Result<Self, InvalidProxy> {
        let mut trusted = Self { says, ..Self::default() };
        for text in proxies.iter().map(|text| text.trim()) {
            if text == SOCKET {
                trusted.by_socket = true;
                continue;
            }
            let one = IpAddr::from_str(text).map(|address| IpNet::from(address.to_canonical()));
            let network = one.or_else(|_| IpNet::from_str(text));
            trusted.networks.push(network.map_err(|_| InvalidProxy(text.to_owned()))?);
        }
        Ok(trusted)
    }

    /// The client's address. It starts with the address of the connection (none for the Unix
    /// socket). As long as this is a trusted proxy's, it takes the address that this proxy names.
    /// `lines` are the values of [`TrustedProxies::header`].
    pub(crate) fn client(&self, peer: Option<SocketAddr>, lines: &[&str]) -> Option<IpAddr> {
        let mut client = peer.map(|peer| peer.ip().to_canonical());
        if !self.trust(client) {
            return client;
        }
        for hop in lines.iter().rev().flat_map(|line| self.says.hops(line).into_iter().rev()) {
            // The proxy names no valid address, so the search ends here.
            let Some(address) = hop else { break };
            client = Some(address);
            if !self.trust(client) {
                break;
            }
        }
        client
    }

    /// Whether a connection is a trusted proxy's.
    pub(crate) fn trusts(&self, peer: SocketAddr) -> bool {
        self.trust(Some(peer.ip().to_canonical()))
    }

    /// The header that the proxies write, in lower case.
    pub(crate) const fn header(&self) -> &'static str {
        match self.says {
            ForwardedBy::XForwardedFor => "x-forwarded-for",
            ForwardedBy::Forwarded => "forwarded",
        }
    }

    fn trust(&self, address: Option<IpAddr>) -> bool {
        match address {
            Some(address) => self.networks.iter().any(|network| network.contains(&address)),
            None => self.by_socket,
        }
    }
}

impl ForwardedBy {
    /// The addresses in one header line, the client's first; `None` for an entry that is no
    /// address.
    fn hops(self, line: &str) -> Vec<Option<IpAddr>> {
        split(line, ',')
            .into_iter()
            .map(|hop| match self {
                Self::XForwardedFor => address(hop),
                Self::Forwarded => forwarded_for(hop),
            })
            .collect()
    }
}

/// The address in an element such as `for=192.0.2.60;proto=https` or `For="[2001:db8::1]:4711"`.
fn forwarded_for(hop: &str) -> Option<IpAddr> {
    let pairs = split(hop, ';').into_iter().filter_map(|pair| pair.split_once('='));
    let mut named = pairs.filter(|(name, _)| name.trim().eq_ignore_ascii_case("for"));
    named.next().and_then(|(_, value)| address(value.trim().trim_matches('"')))
}

/// Parses an address with or without a port.
fn address(text: &str) -> Option<IpAddr> {
    let text = text.trim();
    let bare = text.strip_prefix('[').and_then(|text| text.strip_suffix(']')).unwrap_or(text);
    let address = bare.parse().ok().or_else(|| Some(text.parse::<SocketAddr>().ok()?.ip()))?;
    Some(address.to_canonical())
}

/// Splits at separators outside of quotes.
fn split(text: &str, separator: char) -> Vec<&str> {
    let mut quoted = false;
    let parts = text.split(|character| {
        quoted ^= character == '"';
        character == separator && !quoted
    });
    parts.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(trusted: &str, says: ForwardedBy, peer: &str, lines: &[(&str, &str)]) -> String {
        let trusted: Vec<_> = trusted.split_terminator(' ').map(ToOwned::to_owned).collect();
        let proxies = TrustedProxies::parse(&trusted, says).unwrap();
        let named = lines.iter().filter(|(name, _)| *name == proxies.header());
        let lines: Vec<&str> = named.map(|(_, value)| *value).collect();
        let peer = (!peer.is_empty()).then(|| SocketAddr::new(peer.parse().unwrap(), 1));
        proxies.client(peer, &lines).map_or("-".to_owned(), |address| address.to_string())
    }

    #[test]
    fn only_a_proxy_that_is_trusted_is_believed() {
        use ForwardedBy::{Forwarded, XForwardedFor as Xff};
        let xff = "x-forwarded-for";
        for (trusted, says, peer, lines, client) in [
            ("", Xff, "10.0.0.1", &[(xff, "192.0.2.1")][..], "10.0.0.1"),
            ("10.0.0.0/8", Xff, "11.0.0.1", &[(xff, "192.0.2.1")], "11.0.0.1"),
            ("10.0.0.0/8", Xff, "10.0.0.1", &[], "10.0.0.1"),
            ("10.0.0.0/8", Xff, "10.0.0.1", &[(xff, "192.0.2.1")], "192.0.2.1"),
            ("10.0.0.0/8", Xff, "::ffff:10.0.0.1", &[(xff, "192.0.2.1")], "192.0.2.1"),
            ("10.0.0.1", Xff, "10.0.0.1", &[(xff, "192.0.2.1:4711")], "192.0.2.1"),
            // The client's own entries come first and are not trusted.
            ("10.0.0.0/8", Xff, "10.0.0.1", &[(xff, "6.6.6.6, 192.0.2.1")], "192.0.2.1"),
            ("10.0.0.0/8", Xff, "10.0.0.1", &[(xff, "6.6.6.6"), (xff, "192.0.2.1")], "192.0.2.1"),
            ("10.0.0.0/8", Xff, "10.0.0.1", &[(xff, "192.0.2.1, 10.0.0.2")], "192.0.2.1"),
            ("10.0.0.0/8", Xff, "10.0.0.1", &[(xff, "10.0.0.3, 10.0.0.2")], "10.0.0.3"),
            ("10.0.0.0/8", Xff, "10.0.0.1", &[(xff, "6.6.6.6, x, 10.0.0.2")], "10.0.0.2"),
            ("10.0.0.0/8", Xff, "10.0.0.1", &[("forwarded", "for=6.6.6.6")], "10.0.0.1"),
            ("unix", Xff, "", &[(xff, "192.0.2.1")], "192.0.2.1"),
            ("10.0.0.0/8", Xff, "", &[(xff, "192.0.2.1")], "-"),
            ("::1", Forwarded, "::1", &[(xff, "6.6.6.6")], "::1"),
            ("::1", Forwarded, "::1", &[("forwarded", "proto=https; For=192.0.2.1")], "192.0.2.1"),
            (
                "::1",
                Forwarded,
                "::1",
                &[("forwarded", "for=6.6.6.6, for=\"[2001:db8::1]:80\";by=\"a,b;c\"")],
                "2001:db8::1",
            ),
            ("::1", Forwarded, "::1", &[("forwarded", "for=6.6.6.6, for=unknown")], "::1"),
            ("::1", Forwarded, "::1", &[("forwarded", "for=6.6.6.6, by=10.0.0.1")], "::1"),
        ] {
            assert_eq!(seen(trusted, says, peer, lines), client, "{trusted} {peer} {lines:?}");
        }
    }

    #[test]
    fn what_names_no_proxy_is_refused() {
        for text in ["proxy.local", "10.0.0.0/33", "10.0.0", "", "*"] {
            let refused = TrustedProxies::parse(&[text.to_owned()], ForwardedBy::default());
            assert_eq!(refused.unwrap_err(), InvalidProxy(text.to_owned()));
        }
    }
}
