//! Percent-encoding.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

/// Characters to escape in a URL's query: all but RFC 3986's unreserved characters, like the SDK.
const QUERY: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Characters to escape in a URL's path: as in a query, except `/`.
const PATH: &AsciiSet = &QUERY.remove(b'/');

/// Encodes `path` for a URL's path.
pub(crate) fn url_path(path: &str) -> String {
    utf8_percent_encode(path, PATH).to_string()
}

/// Encodes `value` for a URL's query.
pub(crate) fn url_query(value: &str) -> String {
    utf8_percent_encode(value, QUERY).to_string()
}

/// Decodes `text`. Invalid UTF-8 becomes replacement characters. If an escape is malformed, the
/// text stays as it is.
pub(crate) fn decode(text: &str) -> String {
    if !has_whole_escapes(text) {
        return text.to_owned();
    }
    percent_decode_str(text).decode_utf8_lossy().into_owned()
}

/// Whether `text` can be part of a URL: only printable ASCII, and no malformed escape.
pub(crate) fn is_escaped(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_graphic()) && has_whole_escapes(text)
}

/// Whether each `%` is followed by two hex digits. The library keeps other escapes as they are.
fn has_whole_escapes(text: &str) -> bool {
    text.split('%').skip(1).all(|rest| {
        let digits = rest.as_bytes().get(..2);
        digits.is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit))
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use sail_cargo_domain::s3::percent as domain;

    use super::*;

    /// Texts with escapes, some malformed, some with invalid UTF-8.
    const ESCAPES: &str = "([aé +]|%|%[0-9A-Fa-fg+]{1,2}|%[CEcf][0-9]%[89abAB][0-9a-f]){0,6}";

    #[test]
    fn every_character_is_escaped_as_cargo_does_it() {
        let all: String = ('\0'..=char::MAX).collect();
        assert!(url_query(&all) == domain::encode(&all));
        assert!(url_path(&all) == domain::encode(&all).replace("%2F", "/"));
    }

    proptest! {
        #[test]
        fn broken_escapes_are_those_of_cargo(text in ESCAPES) {
            let there = domain::unescape(&text);
            let is_broken = there == Err(domain::EscapeFlaw::Malformed);
            prop_assert_eq!(decode(&text) == text, is_broken || !text.contains('%'));
            let is_visible = text.bytes().all(|byte| byte.is_ascii_graphic());
            prop_assert_eq!(is_escaped(&text), is_visible && !is_broken);
            if let Ok(there) = there {
                prop_assert_eq!(decode(&text), there);
            }
        }
    }

    #[test]
    fn a_slash_is_escaped_in_a_query_only() {
        assert_eq!(url_path("v +/=1"), "v%20%2B/%3D1");
        assert_eq!(url_query("v +/=1"), "v%20%2B%2F%3D1");
    }
}
