//! The addresses of a store (N3). Hosts are compared exactly; requests to other hosts are not
//! signed.

use super::Refusal;
use super::host::{self, Flaw, normalise};
use crate::names::BucketName;

/// Where a URL names the bucket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AddressingStyle {
    /// In the path only.
    Path,
    /// As a host label, or in the path after the bare host.
    VirtualHosted,
}

/// One address of a store: scheme, host, port and addressing style.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint {
    https: bool,
    /// Lower-case, without the scheme's default port.
    authority: String,
    style: AddressingStyle,
    is_literal: bool,
    is_gateway: bool,
}

/// Why a text is not an endpoint. Each sentence says what would help.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[expect(missing_docs, reason = "each variant's sentence is its documentation")]
pub enum InvalidEndpoint {
    #[error("an endpoint begins with `http://` or `https://`")]
    Scheme,
    #[error(
        "an endpoint has no path: a storage verifies the path that reaches it, and a gateway that \
         removes a part of it breaks every signature. Give the storage a host or a port of its own"
    )]
    Path,
    #[error("an endpoint has no query and no fragment: it ends with the host or the port")]
    Query,
    #[error("an endpoint has no user name: give the access key separately")]
    User,
    #[error(
        "the host of an endpoint is a name of letters, digits, `-`, `_` and `.` (an international \
         one in its `xn--` form), an IPv4 address, or an IPv6 address in brackets"
    )]
    Host,
    #[error(
        "a bucket cannot be a host label before an IPv6 address: give the endpoint as path style"
    )]
    Label,
    #[error("the port of an endpoint is a number from 1 to 65535")]
    Port,
}

impl From<Flaw> for InvalidEndpoint {
    fn from(flaw: Flaw) -> Self {
        match flaw {
            Flaw::Host => Self::Host,
            Flaw::Port => Self::Port,
        }
    }
}

/// What the host of a URL matches: the endpoint itself, or a bucket's host.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Located {
    Bare,
    Bucket(BucketName),
}

impl Endpoint {
    /// Reads an endpoint as an operator writes it: the scheme in any case, with or without a final
    /// slash.
    ///
    /// # Errors
    /// [`InvalidEndpoint`] if the text is not exactly scheme, host and port.
    pub fn parse(text: &str, style: AddressingStyle) -> Result<Self, InvalidEndpoint> {
        let (scheme, rest) = text.split_once("://").ok_or(InvalidEndpoint::Scheme)?;
        let https = match scheme.to_ascii_lowercase().as_str() {
            "https" => true,
            "http" => false,
            _ => return Err(InvalidEndpoint::Scheme),
        };
        let (authority, rest) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
        let (path, query) = rest.split_at(rest.find(['?', '#']).unwrap_or(rest.len()));
        if authority.contains('@') {
            return Err(InvalidEndpoint::User);
        }
        let authority = normalise(authority, https)?;
        if style == AddressingStyle::VirtualHosted && authority.starts_with('[') {
            return Err(InvalidEndpoint::Label);
        }
        match (path, query) {
            ("" | "/", "") => {
                Ok(Self { https, authority, style, is_literal: false, is_gateway: false })
            }
            ("" | "/", _) => Err(InvalidEndpoint::Query),
            _ => Err(InvalidEndpoint::Path),
        }
    }

    /// The same address, for clients whose signatures do not cover how a path is written: a raw `+` or
    /// `;` stands for itself there, as browsers and curl send it.
    #[must_use]
    pub fn literal(self) -> Self {
        Self { is_literal: true, ..self }
    }

    /// The same address, of a gateway: what comes there is written anew before a storage reads it, so that
    /// it may say what only some storages read in one way ([`Ambiguity`](super::Ambiguity)).
    #[must_use]
    pub fn of_gateway(self) -> Self {
        Self { is_gateway: true, ..self }
    }

    /// Whether the address is a gateway's.
    pub(super) fn is_gateway(&self) -> bool {
        self.is_gateway
    }

    /// Whether a raw `+` or `;` in a path stands for itself.
    pub(super) fn is_literal(&self) -> bool {
        self.is_literal
    }

    /// The endpoint as a URL: scheme, host and port.
    pub fn url(&self) -> String {
        format!("{}://{}", self.scheme(), self.authority)
    }

    /// Whether both have the same host and port. Ignores scheme and addressing style.
    pub fn is_at(&self, other: &Self) -> bool {
        self.place() == other.place()
    }

    /// Host and port. A final dot of the host does not count.
    fn place(&self) -> (&str, &str) {
        let (host, port) = host::split(&self.authority);
        (host.strip_suffix('.').unwrap_or(host), port.unwrap_or(host::default_port(self.https)))
    }

    /// The addressing style.
    pub fn style(&self) -> AddressingStyle {
        self.style
    }

    /// Whether the bucket can be a host label at this endpoint.
    pub fn hosts(&self, bucket: &BucketName) -> bool {
        self.style == AddressingStyle::VirtualHosted && bucket.is_new_style()
    }

    /// The endpoint in the form of the wire.
    pub fn to_wire(&self) -> sail_cargo_protocol::Endpoint {
        let style = match self.style {
            AddressingStyle::Path => sail_cargo_protocol::AddressingStyle::Path,
            AddressingStyle::VirtualHosted => sail_cargo_protocol::AddressingStyle::VirtualHosted,
        };
        sail_cargo_protocol::Endpoint { url: self.url(), style }
    }

    /// Host and port as they are written.
    pub(super) fn authority(&self) -> &str {
        &self.authority
    }

    pub(super) fn scheme(&self) -> &'static str {
        if self.https { "https" } else { "http" }
    }

    /// Matches `authority` against this endpoint; `None` if it belongs to another host.
    fn locate(&self, authority: &str) -> Option<Result<Located, Refusal>> {
        if authority == self.authority {
            return Some(Ok(Located::Bare));
        }
        if self.style == AddressingStyle::Path {
            return None;
        }
        let label = authority.strip_suffix(&self.authority)?.strip_suffix('.')?;
        Some(BucketName::parse_new(label).map(Located::Bucket).map_err(|_| Refusal::BucketHost))
    }
}

/// Finds the endpoint that a URL addresses, and returns the authority to sign. An exact match comes
/// before matches as a bucket's host; among these, the most specific endpoint comes first.
pub(super) fn locate<'e>(
    endpoints: &'e [Endpoint],
    https: bool,
    authority: &str,
) -> Result<(&'e Endpoint, String, Located), Refusal> {
    let elsewhere = || Refusal::Host(alternatives(endpoints));
    let authority = normalise(authority, https).map_err(|_| elsewhere())?;
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

/// The endpoints in a sentence: `http://s3.local:9000 or https://[BUCKET.]s3.example.com`.
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

/// Whether one endpoint equals another or looks like a bucket's host of another.
pub fn overlap(endpoints: &[Endpoint]) -> bool {
    endpoints.iter().enumerate().any(|(position, one)| {
        let others = endpoints.iter().enumerate().filter(|(other, _)| *other != position);
        others.into_iter().any(|(_, other)| {
            let ((host, port), (outer, its_port)) = (other.place(), one.place());
            let nested = host
                .strip_suffix(outer)
                .is_some_and(|label| label.is_empty() || label.ends_with('.'));
            nested && port == its_port && one.https == other.https
        })
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
    fn endpoints_are_taken_as_operators_write_them() {
        for (text, url) in [
            ("http://s3_server:9000", "http://s3_server:9000"),
            ("http://[::1]:9000/", "http://[::1]:9000"),
            ("https://[2001:DB8:0::1]:443", "https://[2001:db8::1]"),
            ("http://s3.example.com.:9000", "http://s3.example.com.:9000"),
            ("HTTPS://S3.example.com", "https://s3.example.com"),
            ("hTTp://s3.local:80/", "http://s3.local"),
        ] {
            assert_eq!(Endpoint::parse(text, AddressingStyle::Path).unwrap().url(), url, "{text}");
        }
    }

    #[test]
    fn what_is_no_endpoint_is_refused_in_its_own_sentence() {
        for (text, expected) in [
            ("s3.local", InvalidEndpoint::Scheme),
            ("s3.local:9000", InvalidEndpoint::Scheme),
            ("x://y", InvalidEndpoint::Scheme),
            ("https://gw.example.com/s3", InvalidEndpoint::Path),
            ("https://gw.example.com/s3/", InvalidEndpoint::Path),
            ("http://s3.local//", InvalidEndpoint::Path),
            ("http://s3.local?x", InvalidEndpoint::Query),
            ("http://s3.local/#x", InvalidEndpoint::Query),
            ("http://key:secret@s3.local", InvalidEndpoint::User),
            ("http://a b", InvalidEndpoint::Host),
            ("http://", InvalidEndpoint::Host),
            ("http://s3.local\\x", InvalidEndpoint::Host),
            ("http://[::1%25lo]", InvalidEndpoint::Host),
            ("http://s3.local:70000", InvalidEndpoint::Port),
            ("http://[::1]:", InvalidEndpoint::Port),
        ] {
            assert_eq!(Endpoint::parse(text, AddressingStyle::Path), Err(expected), "{text}");
        }
        let hosted = Endpoint::parse("http://[::1]:9000", AddressingStyle::VirtualHosted);
        assert_eq!(hosted, Err(InvalidEndpoint::Label));
    }

    #[test]
    fn odd_hosts_are_found_as_exactly_as_others() {
        let odd = [
            Endpoint::parse("http://s3_server:9000", AddressingStyle::Path).unwrap(),
            Endpoint::parse("http://[::1]:9000", AddressingStyle::Path).unwrap(),
            Endpoint::parse("https://s3.example.com.", AddressingStyle::VirtualHosted).unwrap(),
        ];
        let found = |https, authority| {
            let found = locate(&odd, https, authority).map(|(_, authority, _)| authority);
            found.map_err(|refusal| refusal.code())
        };
        for (https, authority, expected) in [
            (false, "S3_SERVER:9000", Ok("s3_server:9000")),
            (false, "[0::1]:9000", Ok("[::1]:9000")),
            (false, "[::1]", Err("host")),
            (false, "photos.[::1]:9000", Err("host")),
            (true, "photos.s3.example.com.", Ok("photos.s3.example.com.")),
            (true, "photos.s3.example.com", Err("host")),
            (true, "my_bucket.s3.example.com.", Err("bucket")),
        ] {
            assert_eq!(found(https, authority), expected.map(str::to_owned), "{authority}");
        }
        let undotted = Endpoint::parse("https://s3.example.com", AddressingStyle::Path).unwrap();
        assert!(undotted.is_at(&odd[2]) && overlap(&[undotted, odd[2].clone()]));
    }
}
