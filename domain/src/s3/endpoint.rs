//! The store's own addresses (N3): hosts are compared exactly, and nothing else is signed for.

use super::{Refusal, url};
use crate::names::BucketName;

/// How a bucket is named in a URL.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AddressingStyle {
    /// In the path only.
    Path,
    /// As a host label; in the path on the bare host.
    VirtualHosted,
}

/// One address of a store: scheme, host and port.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint {
    https: bool,
    /// Lower-case, without the scheme's default port.
    authority: String,
    style: AddressingStyle,
}

/// Why an endpoint cannot be one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("an endpoint reads http(s)://host[:port], without path, query or user")]
pub struct InvalidEndpoint;

/// Where a URL's host led: to the bare endpoint, or to a bucket's own host.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Located {
    Bare,
    Bucket(BucketName),
}

impl Endpoint {
    /// Reads an endpoint as an operator writes it.
    ///
    /// # Errors
    /// Anything beside scheme, host and port.
    pub fn parse(text: &str, style: AddressingStyle) -> Result<Self, InvalidEndpoint> {
        let split = url::split(text).map_err(|_| InvalidEndpoint)?;
        if !matches!(split.path, "" | "/") || split.query.is_some() {
            return Err(InvalidEndpoint);
        }
        let authority = normalise(split.authority, split.https).ok_or(InvalidEndpoint)?;
        Ok(Self { https: split.https, authority, style })
    }

    /// Scheme, host and port.
    pub fn url(&self) -> String {
        format!("{}://{}", self.scheme(), self.authority)
    }

    /// Whether both are one host and port, whatever the scheme and the addressing style.
    pub fn is_at(&self, other: &Self) -> bool {
        self.place() == other.place()
    }

    /// Host and port.
    fn place(&self) -> (&str, &str) {
        let default_port = if self.https { "443" } else { "80" };
        self.authority.split_once(':').unwrap_or((&self.authority, default_port))
    }

    /// How buckets are addressed here.
    pub fn style(&self) -> AddressingStyle {
        self.style
    }

    /// As it is written on the wire and in the database.
    pub fn to_wire(&self) -> sail_cargo_protocol::Endpoint {
        let style = match self.style {
            AddressingStyle::Path => sail_cargo_protocol::AddressingStyle::Path,
            AddressingStyle::VirtualHosted => sail_cargo_protocol::AddressingStyle::VirtualHosted,
        };
        sail_cargo_protocol::Endpoint { url: self.url(), style }
    }

    pub(super) fn scheme(&self) -> &'static str {
        if self.https { "https" } else { "http" }
    }

    /// Whether `authority` is this endpoint's, and in which form.
    fn locate(&self, authority: &str) -> Option<Result<Located, Refusal>> {
        if authority == self.authority {
            return Some(Ok(Located::Bare));
        }
        if self.style == AddressingStyle::Path {
            return None;
        }
        let label = authority.strip_suffix(&self.authority)?.strip_suffix('.')?;
        Some(BucketName::parse(label).map(Located::Bucket).map_err(|_| Refusal::Bucket))
    }
}

/// Finds the endpoint a URL addresses, and returns the authority as it will be signed. An
/// endpoint of exactly that name comes before one of which it would be a bucket's host, and of
/// those the most specific.
pub(super) fn locate<'e>(
    endpoints: &'e [Endpoint],
    https: bool,
    authority: &str,
) -> Result<(&'e Endpoint, String, Located), Refusal> {
    let elsewhere = || Refusal::Host(alternatives(endpoints));
    let authority = normalise(authority, https).ok_or_else(elsewhere)?;
    let best = endpoints
        .iter()
        .filter_map(|endpoint| endpoint.locate(&authority).map(|located| (endpoint, located)))
        .max_by_key(|(endpoint, _)| (endpoint.https == https, endpoint.authority.len()));
    match best {
        None => Err(elsewhere()),
        Some((endpoint, _)) if endpoint.https != https => {
            Err(Refusal::Scheme(alternatives(endpoints)))
        }
        Some((endpoint, located)) => located.map(|located| (endpoint, authority, located)),
    }
}

/// The endpoints as a sentence names them: `http://s3.local:9000 or https://[BUCKET.]s3.example.com`.
fn alternatives(endpoints: &[Endpoint]) -> String {
    let shown = |endpoint: &Endpoint| {
        let label = match endpoint.style {
            AddressingStyle::Path => "",
            AddressingStyle::VirtualHosted => "[BUCKET.]",
        };
        format!("{}://{label}{}", endpoint.scheme(), endpoint.authority)
    };
    endpoints.iter().map(shown).collect::<Vec<_>>().join(" or ")
}

/// Whether one of them could be taken for a bucket's host, or for a copy, of another.
pub fn overlap(endpoints: &[Endpoint]) -> bool {
    endpoints.iter().enumerate().any(|(position, one)| {
        let others = endpoints.iter().enumerate().filter(|(other, _)| *other != position);
        others.into_iter().any(|(_, other)| {
            let nested = other
                .authority
                .strip_suffix(&one.authority)
                .is_some_and(|label| label.is_empty() || label.ends_with('.'));
            nested && one.https == other.https
        })
    })
}

/// Lower-cases the host and drops the scheme's default port. `None` for what is no host and port.
pub(super) fn normalise(authority: &str, https: bool) -> Option<String> {
    let lower = authority.to_ascii_lowercase();
    let (host, port) = match lower.split_once(':') {
        Some((host, port)) => (host, Some(port)),
        None => (lower.as_str(), None),
    };
    let host_is_plain = !host.is_empty()
        && !host.ends_with('.')
        && host.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.'));
    let port_is_plain = port.is_none_or(|port| {
        matches!(port.len(), 1..=5) && port.bytes().all(|byte| byte.is_ascii_digit())
    });
    if !host_is_plain || !port_is_plain {
        return None;
    }
    let default_port = if https { "443" } else { "80" };
    Some(match port.filter(|port| *port != default_port) {
        Some(port) => format!("{host}:{port}"),
        None => host.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn endpoints() -> Vec<Endpoint> {
        vec![
            Endpoint::parse("http://s3.local:9000", AddressingStyle::Path).unwrap(),
            Endpoint::parse("https://S3.example.com:443/", AddressingStyle::VirtualHosted).unwrap(),
        ]
    }

    fn located(https: bool, authority: &str) -> Result<Option<String>, &'static str> {
        match locate(&endpoints(), https, authority) {
            Ok((_, _, Located::Bare)) => Ok(None),
            Ok((_, _, Located::Bucket(bucket))) => Ok(Some(bucket.to_string())),
            Err(refusal) => Err(refusal.code()),
        }
    }

    #[test]
    fn only_the_stores_own_hosts_are_found() {
        for (https, authority, expected) in [
            (false, "s3.local:9000", Ok(None)),
            (false, "S3.LOCAL:9000", Ok(None)),
            (false, "s3.local", Err("host")),
            (false, "photos.s3.local:9000", Err("host")),
            (false, "s3.local:9000:9000", Err("host")),
            (false, "s3.local:9000:80", Err("host")),
            (false, "s3.local:", Err("host")),
            (true, "s3.local:9000", Err("scheme_or_userinfo")),
            (true, "s3.example.com", Ok(None)),
            (true, "s3.example.com.", Err("host")),
            (true, "s3.example.com:8443", Err("host")),
            (true, "photos.s3.example.com:443", Ok(Some("photos".to_owned()))),
            (true, "a.b.s3.example.com", Ok(Some("a.b".to_owned()))),
            (true, "-x.s3.example.com", Err("bucket")),
            (true, "evils3.example.com", Err("host")),
            (true, "s3.example.com.evil.example", Err("host")),
            (true, "[::1]", Err("host")),
        ] {
            assert_eq!(located(https, authority), expected, "{authority}");
        }
    }

    #[test]
    fn a_refusal_names_the_endpoints_that_would_do() {
        for (https, authority) in [(false, "s3.local"), (true, "s3.local:9000"), (true, "[::1]")] {
            let said = locate(&endpoints(), https, authority).unwrap_err().to_string();
            let named = "send requests to http://s3.local:9000 or https://[BUCKET.]s3.example.com";
            assert!(said.ends_with(named), "{authority}: {said}");
        }
    }

    #[test]
    fn an_endpoint_of_that_name_comes_before_a_buckets_host() {
        let nested = [
            Endpoint::parse("https://s3.example.com", AddressingStyle::VirtualHosted).unwrap(),
            Endpoint::parse("https://photos.s3.example.com", AddressingStyle::Path).unwrap(),
        ];
        let (_, _, located) = locate(&nested, true, "photos.s3.example.com").unwrap();
        assert_eq!(located, Located::Bare);
        assert!(overlap(&nested));
        assert!(!overlap(&endpoints()));
    }

    #[test]
    fn a_place_is_a_host_and_a_port() {
        use AddressingStyle::{Path, VirtualHosted};
        let at = |url: &str, style| Endpoint::parse(url, style).unwrap();
        let here = at("https://s3.local:9000", Path);
        for (url, style, same) in [
            ("https://s3.local:9000", VirtualHosted, true),
            ("http://S3.local:9000/", Path, true),
            ("https://s3.local", Path, false),
            ("https://s3.local:9001", Path, false),
            ("https://a.s3.local:9000", Path, false),
        ] {
            assert_eq!(here.is_at(&at(url, style)), same, "{url}");
        }
        assert!(at("http://s3.local:443", Path).is_at(&at("https://s3.local", Path)));
        assert!(!at("http://s3.local", Path).is_at(&at("https://s3.local", Path)));
    }

    #[test]
    fn an_endpoint_is_scheme_host_and_port() {
        for text in ["s3.local", "http://s3.local/path", "http://s3.local?x", "http://a b", "x://y"]
        {
            assert!(Endpoint::parse(text, AddressingStyle::Path).is_err(), "{text}");
        }
    }
}
