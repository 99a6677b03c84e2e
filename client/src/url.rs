//! URLs below the base URL.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::Error;

/// Characters to escape in a path segment: all but the unreserved ones of RFC 3986 §2.3.
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Checks `base`, and removes slashes at its end. A path stays as a prefix.
pub(crate) fn base(base: &str) -> Result<String, Error> {
    let url = reqwest::Url::parse(base).map_err(|_| {
        Error::input("the server's URL is not valid: write http://HOST:PORT or https://HOST")
    })?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(Error::input("the server's URL must begin with http://, https:// or unix:"));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(Error::input(
            "the server's URL holds credentials: give a key or a token instead",
        ));
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err(Error::input("the server's URL has a query or a fragment"));
    }
    Ok(url.as_str().trim_end_matches('/').to_owned())
}

/// The host of a base URL.
pub(crate) fn host(base: &str) -> String {
    let url = reqwest::Url::parse(base).ok();
    url.and_then(|url| url.host_str().map(ToOwned::to_owned)).unwrap_or_default()
}

/// Whether a host is this machine, for which no proxy is used.
pub(crate) fn is_loopback(host: &str) -> bool {
    let host = host.trim_start_matches('[').trim_end_matches(']');
    if let Ok(address) = host.parse::<std::net::IpAddr>() {
        return address.to_canonical().is_loopback();
    }
    let name = host.trim_end_matches('.').to_ascii_lowercase();
    name == "localhost" || name.ends_with(".localhost")
}

/// Joins `base` and the percent-encoded `segments`. Refuses the segments that a URL cannot carry:
/// empty, `.` and `..`.
pub(crate) fn join(base: &str, segments: &[&str]) -> Result<String, Error> {
    let mut url = base.to_owned();
    for segment in segments {
        if matches!(*segment, "" | "." | "..") {
            return Err(Error::input("a name in the path is empty, `.` or `..`"));
        }
        url.push('/');
        url.extend(utf8_percent_encode(segment, SEGMENT));
    }
    Ok(url)
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use super::*;

    #[test]
    fn every_character_but_the_unreserved_is_escaped_byte_by_byte() {
        let all: String = ('\0'..=char::MAX).collect();
        let mut escaped = "http://cargo/".to_owned();
        for byte in all.bytes() {
            match byte {
                b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                    escaped.push(char::from(byte));
                }
                _ => write!(escaped, "%{byte:02X}").unwrap(),
            }
        }
        assert!(join("http://cargo", &[&all]).unwrap() == escaped);
    }

    #[test]
    fn every_name_of_the_loopback_host_is_recognised() {
        for host in
            ["localhost", "LOCALHOST.", "cargo.localhost", "127.0.0.1", "127.9.9.9", "[::1]", "::1"]
        {
            assert!(is_loopback(host), "{host}");
        }
        for host in ["localhost.example.com", "notlocalhost", "128.0.0.1", "10.0.0.1", "[::2]", ""]
        {
            assert!(!is_loopback(host), "{host}");
        }
    }
}
