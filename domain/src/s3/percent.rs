//! Percent-encoding as SigV4 wants it: decode once, encode everything but the unreserved.

use super::Refusal;

const UPPER_HEX: &[u8; 16] = b"0123456789ABCDEF";

/// Decodes percent-escapes once. `what` names the place for the refusal.
///
/// # Errors
/// A malformed escape, bytes that are no UTF-8 (overlong forms included), or C0 controls and DEL.
pub(super) fn decode(text: &str, what: &'static str) -> Result<String, Refusal> {
    let bytes = text.as_bytes();
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    while let Some((&byte, tail)) = rest.split_first() {
        if byte != b'%' {
            decoded.push(byte);
            rest = tail;
            continue;
        }
        let [high, low, tail @ ..] = tail else { return Err(Refusal::Escape(what)) };
        match (hex_value(*high), hex_value(*low)) {
            (Some(high), Some(low)) => decoded.push(high << 4 | low),
            _ => return Err(Refusal::Escape(what)),
        }
        rest = tail;
    }
    let decoded = String::from_utf8(decoded).map_err(|_| Refusal::NotUtf8(what))?;
    if decoded.bytes().any(|byte| byte < 0x20 || byte == 0x7f) {
        return Err(Refusal::ControlChar(what));
    }
    Ok(decoded)
}

/// Encodes every byte but `A-Z a-z 0-9 - . _ ~` (UriEncode of the SigV4 documentation).
pub(crate) fn encode_into(out: &mut String, text: &str) {
    encode(out, text, is_unreserved);
}

/// The same, leaving `/` alone: for the path.
pub(super) fn encode_path_into(out: &mut String, path: &str) {
    encode(out, path, |byte| byte == b'/' || is_unreserved(byte));
}

fn encode(out: &mut String, text: &str, keep: impl Fn(u8) -> bool) {
    for byte in text.bytes() {
        if keep(byte) {
            out.push(char::from(byte));
        } else {
            out.push('%');
            out.push(char::from(UPPER_HEX[usize::from(byte >> 4)]));
            out.push(char::from(UPPER_HEX[usize::from(byte & 15)]));
        }
    }
}

const fn is_unreserved(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~')
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
    use super::*;

    #[test]
    fn decoding_refuses_what_storages_disagree_about() {
        for (text, code) in [
            ("a%", "bad_escape"),
            ("a%4", "bad_escape"),
            ("a%zz", "bad_escape"),
            ("%c0%af", "not_utf8"),
            ("%ff", "not_utf8"),
            ("%00", "control_char"),
            ("%7f", "control_char"),
            ("%0a", "control_char"),
        ] {
            assert_eq!(decode(text, "key").unwrap_err().code(), code, "{text}");
        }
    }

    #[test]
    fn encoding_is_the_inverse_of_decoding() {
        for text in ["", "a b", "a+b", "100%", "ü/ö~", "x=&y", "%2F"] {
            let mut encoded = String::new();
            encode_path_into(&mut encoded, text);
            assert_eq!(decode(&encoded, "key").as_deref(), Ok(text), "{encoded}");
        }
    }
}
