//! Percent-encoding for SigV4: decodes once, and encodes everything but unreserved characters.

use std::borrow::Cow;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_encode, utf8_percent_encode};

use super::Refusal;

/// Characters to escape in a query value: all but `A-Z a-z 0-9 - . _ ~` (RFC 3986 §2.3; UriEncode
/// of the SigV4 documentation).
const VALUE: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Characters to escape in a path: as in a query value, except `/`.
const PATH: &AsciiSet = &VALUE.remove(b'/');

/// Why a text with percent-escapes is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum EscapeFlaw {
    /// A `%` is not followed by two hex digits.
    #[error("a percent-escape is not `%` and two hex digits")]
    Malformed,
    /// The decoded bytes are not UTF-8. Overlong forms are not either.
    #[error("the percent-escapes are not UTF-8")]
    NotUtf8,
}

/// Decodes percent-escapes once, in one pass. Refuses malformed escapes, which libraries leave as
/// they are.
///
/// # Errors
/// [`EscapeFlaw`] if an escape is malformed, or the decoded bytes are not UTF-8.
pub fn unescape(text: &str) -> Result<Cow<'_, str>, EscapeFlaw> {
    match unescape_bytes(text)? {
        Cow::Borrowed(_) => Ok(Cow::Borrowed(text)),
        Cow::Owned(bytes) => {
            String::from_utf8(bytes).map(Cow::Owned).map_err(|_| EscapeFlaw::NotUtf8)
        }
    }
}

/// The bytes behind percent-escapes, whatever they are.
fn unescape_bytes(text: &str) -> Result<Cow<'_, [u8]>, EscapeFlaw> {
    if !text.contains('%') {
        return Ok(Cow::Borrowed(text.as_bytes()));
    }
    let mut decoded = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&byte, tail)) = rest.split_first() {
        let (byte, tail) = if byte == b'%' { escaped(tail)? } else { (byte, tail) };
        decoded.push(byte);
        rest = tail;
    }
    Ok(Cow::Owned(decoded))
}

/// Appends what stands in a query, decoded once and encoded again.
pub(crate) fn respell_into(out: &mut String, text: &str) -> Result<(), EscapeFlaw> {
    out.extend(percent_encode(&unescape_bytes(text)?, VALUE));
    Ok(())
}

/// A path, decoded once and encoded again.
pub(crate) fn respell_path(text: &str) -> Result<String, EscapeFlaw> {
    Ok(percent_encode(&unescape_bytes(text)?, PATH).to_string())
}

/// Encodes a query value.
pub fn encode(value: &str) -> Cow<'_, str> {
    utf8_percent_encode(value, VALUE).into()
}

/// Decodes percent-escapes once. `what` names the part of the request in the refusal.
///
/// # Errors
/// [`Refusal`] if an escape is malformed, the decoded bytes are not UTF-8, or they contain a
/// control character.
pub(super) fn decode<'a>(text: &'a str, what: &'static str) -> Result<Cow<'a, str>, Refusal> {
    let decoded = unescape(text).map_err(|flaw| match flaw {
        EscapeFlaw::Malformed => Refusal::Escape(what),
        EscapeFlaw::NotUtf8 => Refusal::NotUtf8(what),
    })?;
    if decoded.bytes().any(|byte| byte.is_ascii_control()) {
        return Err(Refusal::ControlChar(what));
    }
    Ok(decoded)
}

/// Appends a query value, encoded.
pub(crate) fn encode_into(out: &mut String, value: &str) {
    out.extend(utf8_percent_encode(value, VALUE));
}

/// Appends a path, encoded.
pub(super) fn encode_path_into(out: &mut String, path: &str) {
    out.extend(utf8_percent_encode(path, PATH));
}

/// The byte of the two digits at the start, and the rest.
fn escaped(rest: &[u8]) -> Result<(u8, &[u8]), EscapeFlaw> {
    let [high, low, tail @ ..] = rest else { return Err(EscapeFlaw::Malformed) };
    match (hex_value(*high), hex_value(*low)) {
        (Some(high), Some(low)) => Ok((high << 4 | low, tail)),
        _ => Err(EscapeFlaw::Malformed),
    }
}

const fn hex_value(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        b'A'..=b'F' => Some(digit - b'A' + 10),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use percent_encoding::percent_decode_str;
    use proptest::prelude::*;

    use super::*;

    /// Texts with escapes, some malformed, some with invalid UTF-8 or control characters.
    const ESCAPES: &str =
        "([ab/.é \u{1f}\u{7f}]|%|%[0-9A-Fa-fg+]{1,2}|%[CEcf][0-9]%[89abAB][0-9a-f]){0,6}";

    /// UriEncode of the SigV4 documentation, byte by byte.
    fn uri_encode(text: &str, kept: &[u8]) -> String {
        text.bytes().fold(String::new(), |mut out, byte| {
            if byte.is_ascii_alphanumeric() || kept.contains(&byte) {
                out.push(char::from(byte));
            } else {
                write!(out, "%{byte:02X}").unwrap();
            }
            out
        })
    }

    fn path(text: &str) -> String {
        let mut out = String::new();
        encode_path_into(&mut out, text);
        out
    }

    /// Decodes with a library. Refuses malformed escapes first, which the library would keep.
    fn decode_by_library(text: &str) -> Result<String, &'static str> {
        let is_hex = |at: &u8| at.is_ascii_hexdigit();
        let is_whole = |rest: &str| rest.len() >= 2 && rest.as_bytes()[..2].iter().all(is_hex);
        if !text.split('%').skip(1).all(is_whole) {
            return Err("bad_escape");
        }
        let decoded = percent_decode_str(text).decode_utf8().map_err(|_| "not_utf8")?;
        let is_control = |byte| byte < 0x20 || byte == 0x7f;
        if decoded.bytes().any(is_control) { Err("control_char") } else { Ok(decoded.into()) }
    }

    #[test]
    fn every_character_is_encoded_as_sigv4_says() {
        let all: String = ('\0'..=char::MAX).collect();
        assert!(encode(&all) == uri_encode(&all, b"-._~"), "in a value");
        assert!(path(&all) == uri_encode(&all, b"-._~/"), "in a path");
    }

    proptest! {
        #[test]
        fn encoding_is_the_inverse_of_decoding(text in "\\PC*") {
            prop_assert_eq!(&encode(&text), &uri_encode(&text, b"-._~"));
            let mut longer = "x".to_owned();
            encode_into(&mut longer, &text);
            prop_assert_eq!(longer, format!("x{}", encode(&text)));
            for encoded in [encode(&text).into_owned(), path(&text)] {
                let decoded = decode(&encoded, "key").map(Cow::into_owned);
                prop_assert_eq!(decoded.as_ref(), Ok(&text), "{}", encoded);
            }
        }

        #[test]
        fn decoding_is_one_strict_pass(text in ESCAPES) {
            let ours = decode(&text, "key").map(Cow::into_owned).map_err(|refusal| refusal.code());
            prop_assert_eq!(ours, decode_by_library(&text));
        }
    }

    #[test]
    fn decoding_refuses_what_storages_disagree_about() {
        for (text, code) in [
            ("%", "bad_escape"),
            ("a%", "bad_escape"),
            ("a%4", "bad_escape"),
            ("a%zz", "bad_escape"),
            ("a%+1", "bad_escape"),
            ("%%41", "bad_escape"),
            ("%é", "bad_escape"),
            ("%c0%af", "not_utf8"),
            ("%ff", "not_utf8"),
            ("%00", "control_char"),
            ("%7f", "control_char"),
            ("%0a", "control_char"),
        ] {
            assert_eq!(decode(text, "key").unwrap_err().code(), code, "{text}");
        }
        assert_eq!(decode("%2541", "key").as_deref(), Ok("%41"), "once");
    }
}
