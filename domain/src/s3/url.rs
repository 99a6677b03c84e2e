//! The URL as bytes (N2): checked against a grammar, split by hand, never normalised.
//!
//! A URL type that follows WHATWG resolves `%2e%2e`, turns `\` into `/` and deletes tabs: Cargo
//! would judge one request and sign another.

use super::Refusal;
use crate::limits;

/// A URL, split at its first delimiters. Every part is exactly as sent.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct SplitUrl<'a> {
    pub(super) https: bool,
    pub(super) authority: &'a str,
    /// Empty, or starting with `/`.
    pub(super) path: &'a str,
    /// Without the `?`; `None` if the URL has no `?`.
    pub(super) query: Option<&'a str>,
}

/// Splits `url`.
///
/// # Errors
/// [`Refusal`] if the URL has bytes outside `0x21..=0x7E`, one of `" < > \ ^ ` { | }`, a fragment,
/// user information, no host, a scheme other than http and https, or more than 8192 bytes.
pub(super) fn split(url: &str) -> Result<SplitUrl<'_>, Refusal> {
    if url.len() > limits::MAX_URL {
        return Err(Refusal::UrlLength);
    }
    if let Some(position) = url.bytes().position(|byte| !is_allowed(byte)) {
        return Err(Refusal::UrlBytes(position));
    }
    let (https, rest) = match (url.strip_prefix("https://"), url.strip_prefix("http://")) {
        (Some(rest), _) => (true, rest),
        (None, Some(rest)) => (false, rest),
        (None, None) => return Err(Refusal::UrlShape),
    };
    if rest.contains('#') {
        return Err(Refusal::UrlShape);
    }
    let authority_end = rest.find(['/', '?']).unwrap_or(rest.len());
    let (authority, rest) = rest.split_at(authority_end);
    if authority.is_empty() || authority.contains('@') {
        return Err(Refusal::UrlShape);
    }
    let (path, query) = match rest.split_once('?') {
        Some((path, query)) => (path, Some(query)),
        None => (rest, None),
    };
    Ok(SplitUrl { https, authority, path, query })
}

/// Whether the byte is printable ASCII that no URL library reads as something else.
const fn is_allowed(byte: u8) -> bool {
    matches!(byte, 0x21..=0x7e)
        && !matches!(byte, b'"' | b'<' | b'>' | b'\\' | b'^' | b'`' | b'{' | b'|' | b'}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn splits_without_touching_a_byte() {
        let split = split("https://H.example:443/a%2e/../b?x=1?&y").unwrap();
        let expected = SplitUrl {
            https: true,
            authority: "H.example:443",
            path: "/a%2e/../b",
            query: Some("x=1?&y"),
        };
        assert_eq!(split, expected);
    }

    #[test]
    fn refuses_what_is_no_plain_http_url() {
        let long = format!("http://h/{}", "a".repeat(9000));
        for (url, code) in [
            ("ftp://h/a", "scheme_or_userinfo"),
            ("HTTP://h/a", "scheme_or_userinfo"),
            ("http:///a", "scheme_or_userinfo"),
            ("http://u:p@h/a", "scheme_or_userinfo"),
            ("http://h/a#b", "scheme_or_userinfo"),
            ("http://h/a b", "url_bytes"),
            ("http://h/a\tb", "url_bytes"),
            ("http://h/a\\b", "url_bytes"),
            ("http://h/ü", "url_bytes"),
            (long.as_str(), "url_length"),
        ] {
            assert_eq!(split(url).unwrap_err().code(), code, "{url}");
        }
    }
}
