//! What a client says of itself in headers, made fit for logs and tables.

use std::fmt::Write as _;
use std::sync::Arc;

use crate::domain::limits;
use crate::telemetry::OneLine;

/// The user agent, shortened and escaped for logs and tables.
pub(crate) fn agent(value: &[u8]) -> Arc<str> {
    match std::str::from_utf8(value) {
        Ok(plain) if plain.len() <= limits::MAX_USER_AGENT && is_plain(plain) => plain.into(),
        _ => cut(&escaped(&String::from_utf8_lossy(value))).into(),
    }
}

fn escaped(text: &str) -> String {
    let mut line = String::new();
    // Writing to a `String` cannot fail.
    OneLine(&mut line).write_str(text).ok();
    line
}

fn cut(text: &str) -> &str {
    text.get(..text.floor_char_boundary(limits::MAX_USER_AGENT)).unwrap_or_default()
}

/// The caller's request id, if it is printable ASCII of an allowed length.
pub(crate) fn request_id(value: &[u8]) -> Option<Arc<str>> {
    let id = std::str::from_utf8(value).ok()?;
    ((1..=limits::MAX_REQUEST_ID).contains(&id.len()) && is_plain(id)).then(|| id.into())
}

/// Whether a text is printable ASCII.
fn is_plain(text: &str) -> bool {
    text.bytes().all(|byte| matches!(byte, b' '..=b'~'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_agent_is_cut_and_commands_nothing() {
        let long = "ä".repeat(200);
        for (sent, kept) in [
            (&b"curl/8.5.0"[..], "curl/8.5.0".to_owned()),
            ("ü\u{202e}\u{85}x".as_bytes(), "ü\\u{202e}\\u{85}x".to_owned()),
            (b"\tx\xff", "\\tx\u{fffd}".to_owned()),
            (&[b'x'; 300], "x".repeat(256)),
            (long.as_bytes(), "ä".repeat(128)),
        ] {
            assert_eq!(&*agent(sent), kept);
        }
    }

    #[test]
    fn an_id_is_kept_if_it_is_a_plain_one() {
        for good in ["my-id_1.2", "a b \"c\" = d", &"x".repeat(128)] {
            assert_eq!(request_id(good.as_bytes()).as_deref(), Some(good));
        }
        for odd in [&b""[..], "ü".as_bytes(), b"a\tb", &[b'x'; 129]] {
            assert_eq!(request_id(odd), None);
        }
    }
}
