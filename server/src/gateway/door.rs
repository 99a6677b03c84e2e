//! How a request came in, and what its answer has to say for it (G21, G29).

use http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, HeaderMap, HeaderName, HeaderValue, ORIGIN, VARY,
    X_CONTENT_TYPE_OPTIONS,
};
use http::request::Parts;
use http::{Method, StatusCode};

/// How a request came in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Door {
    /// Signed in its headers, as S3's clients do.
    Signed,
    /// By a presigned URL.
    Presigned,
    /// With a token or an API key.
    Plain,
    /// Without a proof.
    Open,
}

impl Door {
    /// Whether a raw `+` or `;` in the path of a request stands for itself: no signature is over another
    /// spelling of it, or browsers and curl open it as it is.
    pub(super) fn is_literal(self, method: &Method) -> bool {
        match self {
            Self::Signed => false,
            Self::Presigned => matches!(*method, Method::GET | Method::HEAD),
            Self::Plain | Self::Open => true,
        }
    }

    /// Says in an answer to `parts` what caches and browsers must know. Browsers run nothing of it, unless
    /// `may_be_active`.
    pub(super) fn dress(
        self,
        parts: &Parts,
        status: StatusCode,
        may_be_active: bool,
        answer: &mut HeaderMap,
    ) {
        let is_open_in_browsers = self != Self::Signed && !may_be_active;
        if is_open_in_browsers && parts.method == Method::GET {
            put(answer, X_CONTENT_TYPE_OPTIONS, "nosniff");
            put(answer, CONTENT_SECURITY_POLICY, "sandbox");
        }
        match self {
            Self::Plain | Self::Open => put(answer, VARY, "Authorization, X-Api-Key, Origin"),
            Self::Presigned => put(answer, VARY, "Origin"),
            Self::Signed if parts.headers.contains_key(ORIGIN) => put(answer, VARY, "Origin"),
            Self::Signed => {}
        }
        if status.is_client_error() || status.is_server_error() {
            put(answer, CACHE_CONTROL, "no-store");
        } else if self == Self::Plain && !answer.contains_key(CACHE_CONTROL) {
            put(answer, CACHE_CONTROL, "private");
        }
    }
}

fn put(answer: &mut HeaderMap, name: HeaderName, value: &'static str) {
    answer.insert(name, HeaderValue::from_static(value));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dressed(
        door: Door,
        method: &str,
        status: u16,
        answer: &[(&'static str, &'static str)],
    ) -> HeaderMap {
        let request = http::Request::builder().method(method).body(()).unwrap();
        let mut headers = HeaderMap::new();
        for (name, value) in answer {
            put(&mut headers, HeaderName::from_static(name), value);
        }
        door.dress(
            &request.into_parts().0,
            StatusCode::from_u16(status).unwrap(),
            false,
            &mut headers,
        );
        headers
    }

    #[test]
    fn g21_what_a_browser_may_open_is_sandboxed() {
        for (door, is_sandboxed) in [
            (Door::Signed, false),
            (Door::Presigned, true),
            (Door::Plain, true),
            (Door::Open, true),
        ] {
            let got = dressed(door, "GET", 200, &[]);
            assert_eq!(got.contains_key("x-content-type-options"), is_sandboxed, "{door:?}");
            assert_eq!(got.contains_key("content-security-policy"), is_sandboxed, "{door:?}");
            assert!(!dressed(door, "PUT", 200, &[]).contains_key("content-security-policy"));
        }
    }

    #[test]
    fn g29_plain_answers_are_private_and_errors_are_not_stored() {
        assert_eq!(dressed(Door::Plain, "GET", 200, &[])["cache-control"], "private");
        let own = [("cache-control", "max-age=9")];
        assert_eq!(dressed(Door::Plain, "GET", 200, &own)["cache-control"], "max-age=9");
        assert_eq!(dressed(Door::Plain, "GET", 404, &own)["cache-control"], "no-store");
        assert!(!dressed(Door::Open, "GET", 200, &[]).contains_key("cache-control"));
        let varies = "Authorization, X-Api-Key, Origin";
        assert_eq!(dressed(Door::Plain, "GET", 200, &[])["vary"], varies);
        assert_eq!(dressed(Door::Open, "GET", 404, &[])["vary"], varies);
        assert!(!dressed(Door::Signed, "GET", 200, &[]).contains_key("vary"));
    }
}
