//! A storage that sends elsewhere. A redirect is never followed: what was judged and signed is for
//! this address, and whoever names another may be anybody. It says that a setting of the store is
//! wrong; here is which.

use std::fmt;

use http::header::LOCATION;
use http::{HeaderMap, StatusCode};

use crate::domain::s3::Endpoint;

/// An answer that sends elsewhere, and what it tells of the store's settings.
#[derive(Debug)]
pub struct Redirected {
    /// Scheme, host and port of the store.
    pub(crate) endpoint: String,
    /// The setting of the store to look at.
    pub(crate) setting: StoreSetting,
    status: StatusCode,
}

/// The setting that a redirect shows to be wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum StoreSetting {
    /// The region, which the storage says.
    Region(String),
    /// `https`, where the endpoint says `http`, or the other way round.
    Scheme,
    /// The bucket belongs into the host.
    Style,
    /// Another address.
    Address,
}

/// Whether an answer sends elsewhere. 304 does not.
pub(super) fn is_redirect(status: StatusCode) -> bool {
    status.is_redirection() && status != StatusCode::NOT_MODIFIED
}

impl Redirected {
    pub(super) fn new(endpoint: &Endpoint, status: StatusCode, headers: &HeaderMap) -> Self {
        let header = |name: &str| text(headers, name);
        let (region, location) = (header("x-amz-bucket-region"), header(LOCATION.as_str()));
        let setting = StoreSetting::of(&endpoint.url(), region, location);
        Self { endpoint: endpoint.url(), setting, status }
    }
}

fn text<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

impl StoreSetting {
    /// By what the answer says: the region of the bucket, and where to go.
    fn of(endpoint: &str, region: Option<&str>, location: Option<&str>) -> Self {
        let there = location.and_then(place);
        match (place(endpoint), there) {
            (Some((scheme, host)), Some((other, there))) if scheme != other && host == there => {
                Self::Scheme
            }
            (Some((_, host)), Some((_, there))) if there.ends_with(&format!(".{host}")) => {
                Self::Style
            }
            _ => region
                .filter(|region| is_region(region))
                .map_or(Self::Address, |region| Self::Region(region.to_owned())),
        }
    }
}

/// The scheme of a URL, and its host without the port.
fn place(url: &str) -> Option<(String, String)> {
    let (scheme, rest) = url.split_once("://")?;
    let authority = rest.split(['/', '?', '#']).next()?;
    let host = match authority.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => host,
        _ => authority,
    };
    Some((scheme.to_ascii_lowercase(), host.to_ascii_lowercase()))
}

/// What a storage says ends up in a log line.
fn is_region(text: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    matches!(text.len(), 1..=64) && text.bytes().all(is_plain)
}

impl fmt::Display for Redirected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { endpoint, setting, status } = self;
        let status = status.as_u16();
        write!(f, "the storage at {endpoint} sends elsewhere ({status}): {setting}")
    }
}

impl fmt::Display for StoreSetting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Region(region) => {
                write!(f, "the store's `region` is wrong, the storage names `{region}`")
            }
            Self::Scheme => f.write_str(
                "the store's `endpoints` name the wrong scheme, `http` and `https` are different \
                 addresses",
            ),
            Self::Style => f.write_str(
                "the store's `endpoints` should say `virtual_hosted`, the storage wants the bucket \
                 in the host",
            ),
            Self::Address => {
                f.write_str("the store's `endpoints` name an address that is not the storage's own")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn g23_a_redirect_names_the_setting_that_is_wrong() {
        let region = || StoreSetting::Region("eu-west-1".to_owned());
        for (endpoint, said, location, setting) in [
            ("https://s3.example", Some("eu-west-1"), None, region()),
            ("https://s3.example", Some("eu-west-1"), Some("https://other.example/"), region()),
            ("https://s3.example", Some("a\nb"), None, StoreSetting::Address),
            ("https://s3.example", Some(""), None, StoreSetting::Address),
            ("http://s3.example:9000", None, Some("https://S3.example/a"), StoreSetting::Scheme),
            ("http://s3.example", None, Some("http://photos.s3.example/a"), StoreSetting::Style),
            ("http://s3.example", None, Some("http://photoss3.example/a"), StoreSetting::Address),
            ("http://s3.example", None, Some("/login"), StoreSetting::Address),
            ("http://s3.example", None, None, StoreSetting::Address),
        ] {
            assert_eq!(StoreSetting::of(endpoint, said, location), setting, "{location:?}");
        }
    }
}
