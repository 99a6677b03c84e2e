//! The rules for keys. They equal Cargo's rules, so that what works with a local directory works
//! with Cargo.

/// Maximum bytes of a key.
const LONGEST: usize = 1024;

/// Why a text is not a key, or not a prefix of keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum KeyFlaw {
    /// The text is empty.
    #[error("it is empty: an object needs a name")]
    Empty,
    /// The text is longer than S3 allows.
    #[error("it has more than 1024 bytes, the storage's prefix included")]
    Length,
    /// The text has a byte below 0x20, or 0x7F.
    #[error("it must not hold control characters")]
    ControlChar,
    /// A part between slashes or backslashes is `.` or `..`.
    #[error("no part of it may be `.` or `..`")]
    DotSegment,
    /// The text consists of slashes only.
    #[error("it must not be slashes only")]
    SlashOnly,
    /// The text has an escape that another decoding would turn into a separator, a dot or NUL.
    #[error("it must not hold an encoded dot, slash, backslash or NUL (%2E, %2F, %5C, %00)")]
    DoubleEncoded,
    /// A prefix for keys does not end in `/`.
    #[error("a prefix must end in `/`")]
    PrefixEnd,
}

/// Checks a key.
pub(super) fn check(key: &str) -> Result<(), KeyFlaw> {
    if key.is_empty() {
        return Err(KeyFlaw::Empty);
    }
    if key.len() > LONGEST {
        return Err(KeyFlaw::Length);
    }
    if key.bytes().any(is_control) {
        return Err(KeyFlaw::ControlChar);
    }
    if has_dots(key) {
        return Err(KeyFlaw::DotSegment);
    }
    if key.bytes().all(|byte| matches!(byte, b'/' | b'\\')) {
        return Err(KeyFlaw::SlashOnly);
    }
    check_escapes(key)
}

/// Checks a prefix for keys. It may be empty.
pub(super) fn check_prefix(prefix: &str) -> Result<(), KeyFlaw> {
    if prefix.is_empty() {
        return Ok(());
    }
    if prefix.ends_with('/') { check(prefix) } else { Err(KeyFlaw::PrefixEnd) }
}

/// Checks the prefix of a listing. Its last part may be the start of a name, such as the `.` of
/// `.profile`. Cargo does not sign for a prefix that ends in `..`.
pub(super) fn check_beginning(beginning: &str) -> Result<(), KeyFlaw> {
    if beginning.len() > LONGEST {
        return Err(KeyFlaw::Length);
    }
    if beginning.bytes().any(is_control) {
        return Err(KeyFlaw::ControlChar);
    }
    let whole = beginning.rsplit_once(['/', '\\']).map_or("", |(whole, _)| whole);
    if has_dots(whole) || beginning.rsplit(['/', '\\']).next() == Some("..") {
        return Err(KeyFlaw::DotSegment);
    }
    check_escapes(beginning)
}

fn check_escapes(text: &str) -> Result<(), KeyFlaw> {
    let lower = text.to_ascii_lowercase();
    let encoded = ["%2e", "%2f", "%5c", "%00"].iter().any(|escape| lower.contains(escape));
    if encoded { Err(KeyFlaw::DoubleEncoded) } else { Ok(()) }
}

fn is_control(byte: u8) -> bool {
    byte < 0x20 || byte == 0x7f
}

fn has_dots(text: &str) -> bool {
    text.split(['/', '\\']).any(|segment| matches!(segment, "." | ".."))
}

#[cfg(test)]
mod tests {
    use sail_cargo_domain::s3::{AddressingStyle, Endpoint, RawHeaders, RawRequest, S3Request};
    use sail_cargo_domain::{ObjectKey, Prefix};

    use super::*;

    const PARTS: [&str; 18] = [
        "a", "Ü", "日", "/", "\\", ".", "..", "...", " ", "%", "%2", "%2e", "2F", "5c", "%00",
        "\0", "\n", "\u{7f}",
    ];

    #[test]
    fn each_flaw_is_named() {
        for (key, flaw) in [
            ("", KeyFlaw::Empty),
            (&"a".repeat(1025), KeyFlaw::Length),
            (&"ü".repeat(513), KeyFlaw::Length),
            ("a\nb", KeyFlaw::ControlChar),
            ("a/../b", KeyFlaw::DotSegment),
            ("a\\.", KeyFlaw::DotSegment),
            ("//", KeyFlaw::SlashOnly),
            ("/\\", KeyFlaw::SlashOnly),
            ("a%2Fb", KeyFlaw::DoubleEncoded),
        ] {
            assert_eq!(check(key), Err(flaw), "{key:?}");
        }
        for key in ["a", &"a".repeat(1024), "a//b", "/a", "a/", "a\\b", "...", "100%", "\u{80}"] {
            assert_eq!(check(key), Ok(()), "{key:?}");
        }
    }

    #[test]
    fn cargo_has_the_same_rules() {
        let mut keys: Vec<String> = vec![String::new(), "a".repeat(1024), "a".repeat(1025)];
        for _ in 0..3 {
            let longer = keys.iter().flat_map(|key| PARTS.map(|part| format!("{key}{part}")));
            keys = longer.collect();
            for key in &keys {
                assert_eq!(check(key).is_ok(), ObjectKey::parse(key).is_ok(), "{key:?}");
                assert_eq!(check_prefix(key).is_ok(), Prefix::parse(key).is_ok(), "{key:?}");
            }
        }
    }

    /// Compares with the domain: a listing is refused here if and only if Cargo refuses to sign it.
    #[test]
    fn cargo_signs_for_the_same_listings() {
        let endpoint = Endpoint::parse("http://s3.test", AddressingStyle::Path).unwrap();
        let mut beginnings = vec![String::new()];
        for _ in 0..3 {
            let longer =
                beginnings.iter().flat_map(|text| PARTS.map(|part| format!("{text}{part}")));
            beginnings = longer.collect();
            for text in &beginnings {
                let encoded =
                    text.bytes().fold(String::new(), |url, byte| format!("{url}%{byte:02X}"));
                let raw = RawRequest {
                    method: "GET",
                    url: &format!("http://s3.test/bkt?list-type=2&prefix={encoded}"),
                    headers: RawHeaders::default(),
                    payload: Some("UNSIGNED-PAYLOAD"),
                    body: None,
                };
                let signed = S3Request::parse(raw, std::slice::from_ref(&endpoint)).is_ok();
                assert_eq!(check_beginning(text).is_ok(), signed, "{text:?}");
            }
        }
    }

    #[test]
    fn a_listing_may_end_within_a_name() {
        for beginning in ["", "a", "a/", "a/.", ".", "/", "%2"] {
            assert_eq!(check_beginning(beginning), Ok(()), "{beginning}");
        }
        for beginning in ["..", "a/..", "a\\.."] {
            assert_eq!(check_beginning(beginning), Err(KeyFlaw::DotSegment), "{beginning}");
        }
        assert_eq!(check_beginning("a%2F"), Err(KeyFlaw::DoubleEncoded));
        assert_eq!(check_beginning("../"), Err(KeyFlaw::DotSegment));
        assert_eq!(check_beginning("a\0"), Err(KeyFlaw::ControlChar));
        assert_eq!(check_beginning(&"a".repeat(1025)), Err(KeyFlaw::Length));
    }
}
