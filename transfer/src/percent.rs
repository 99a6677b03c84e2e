//! Percent-encoding.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// All but RFC 3986's unreserved characters.
const QUERY: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

const PATH: &AsciiSet = &QUERY.remove(b'/');

/// Encodes `path` for a URL's path: everything but `/` and RFC 3986's unreserved characters, like
/// the SDK.
pub(crate) fn url_path(path: &str) -> String {
    utf8_percent_encode(path, PATH).to_string()
}

/// Encodes `value` for a URL's query: as in a path, but also `/`.
pub(crate) fn url_query(value: &str) -> String {
    utf8_percent_encode(value, QUERY).to_string()
}

/// Appends the escaped UTF-8 bytes of `character` to `text`.
#[cfg(feature = "storage")]
pub(crate) fn escape(character: char, text: &mut String) {
    text.extend(utf8_percent_encode(character.encode_utf8(&mut [0; 4]), NON_ALPHANUMERIC));
}

/// Decodes `text`; `None` if an escape is malformed, or the bytes are not UTF-8.
#[cfg(feature = "storage")]
pub(crate) fn unescape(text: &str) -> Option<String> {
    let is_whole = text.split('%').skip(1).all(begins_with_a_byte);
    let bytes = percent_encoding::percent_decode_str(text);
    is_whole.then(|| bytes.decode_utf8().ok().map(Into::into)).flatten()
}

/// Whether the text after a `%` begins with two hex digits.
#[cfg(feature = "storage")]
fn begins_with_a_byte(escape: &str) -> bool {
    let digits = escape.as_bytes().get(..2);
    digits.is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slash_is_escaped_in_a_query_only() {
        assert_eq!(url_path("v +/=1"), "v%20%2B/%3D1");
        assert_eq!(url_query("v +/=1"), "v%20%2B%2F%3D1");
    }

    #[cfg(feature = "storage")]
    #[test]
    fn what_is_escaped_comes_back() {
        for (path, url) in [
            ("a/b-c_d.e~f", "a/b-c_d.e~f"),
            ("a b+c", "a%20b%2Bc"),
            ("100%", "100%25"),
            ("ü/日", "%C3%BC/%E6%97%A5"),
        ] {
            assert_eq!(url_path(path), url);
            assert_eq!(unescape(url).as_deref(), Some(path));
        }
    }

    #[cfg(feature = "storage")]
    #[test]
    fn broken_escapes_are_none() {
        for text in ["%", "a%4", "%zz", "%+1", "%ff", "%C3"] {
            assert_eq!(unescape(text), None, "{text}");
        }
    }
}
