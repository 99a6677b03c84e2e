//! The origin of a request, from its connection and headers.

use std::fmt::Write as _;
use std::sync::Arc;

use actix_web::dev::ServiceRequest;
use actix_web::http::header::{HeaderName, HeaderValue, USER_AGENT};

use super::proxies::TrustedProxies;
use crate::domain::{Origin, limits};
use crate::telemetry::OneLine;

pub(super) const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The origin of `request`: address, user agent and the caller's request id.
pub(super) fn of(request: &ServiceRequest, proxies: &TrustedProxies) -> Origin {
    let headers = request.headers();
    Origin {
        address: proxies.client(request.peer_addr(), headers),
        agent: headers.get(USER_AGENT).map(agent),
        request_id: headers.get(REQUEST_ID).and_then(request_id),
    }
}

/// The user agent, shortened and escaped for logs and tables.
fn agent(value: &HeaderValue) -> Arc<str> {
    match value.to_str() {
        Ok(plain) if plain.len() <= limits::MAX_USER_AGENT => plain.into(),
        _ => cut(&escaped(&String::from_utf8_lossy(value.as_bytes()))).into(),
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
fn request_id(value: &HeaderValue) -> Option<Arc<str>> {
    let id = value.to_str().ok()?;
    let is_plain = id.bytes().all(|byte| matches!(byte, b' '..=b'~'));
    ((1..=limits::MAX_REQUEST_ID).contains(&id.len()) && is_plain).then(|| id.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(bytes: &[u8]) -> HeaderValue {
        HeaderValue::from_bytes(bytes).unwrap()
    }

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
            assert_eq!(&*agent(&value(sent)), kept);
        }
    }

    #[test]
    fn an_id_is_kept_if_it_is_a_plain_one() {
        for good in ["my-id_1.2", "a b \"c\" = d", &"x".repeat(128)] {
            assert_eq!(request_id(&value(good.as_bytes())).as_deref(), Some(good));
        }
        for odd in [&b""[..], "ü".as_bytes(), b"a\tb", &[b'x'; 129]] {
            assert_eq!(request_id(&value(odd)), None);
        }
    }
}
