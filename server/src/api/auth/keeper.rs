//! Who keeps the refresh token of a sign-in: the caller, in the answer's JSON, or a browser, in a cookie.
//!
//! Scripts of the console cannot read the cookie (`HttpOnly`), it is sent below `/auth/` only, over TLS or on this
//! machine (`Secure`), and for no other site's requests (`SameSite=Strict`). A browser adds it by itself, so it counts
//! only beside [`HEADER`]: pages of other origins cannot send that, because no preflight is answered below `/auth/`
//! (Fetch Standard §3.2, "CORS protocol"; RFC 6265bis for the cookie).

use std::convert::Infallible;
use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::http::StatusCode;
use actix_web::http::header::{COOKIE, HeaderName, HeaderValue, SET_COOKIE};
use actix_web::{FromRequest, HttpRequest, HttpResponse, ResponseError as _};
use sail_cargo_protocol::{Account, SecretText};
use serde::Serialize;

use super::signed_in;
use crate::api::error::ApiError;
use crate::auth::Session;
use crate::domain::Secret;

/// What the console sends with every request for or with the cookie.
const HEADER: HeaderName = HeaderName::from_static("x-cargo-console");
/// Browsers take a cookie of this prefix only with `Secure`, and not from a page without TLS.
const NAME: &str = "__Secure-cargo-refresh";
const SCOPE: &str = "Path=/auth/; Secure; HttpOnly; SameSite=Strict";

/// Who keeps the refresh token.
pub(in crate::api) enum Keeper {
    /// The caller: the token is in the bodies.
    Caller,
    /// A browser. The token is in its cookie, if it has one.
    Browser(Option<Secret>),
}

/// [`SignedIn`](sail_cargo_protocol::SignedIn) for a page whose browser keeps the refresh token.
#[derive(Serialize)]
struct WithoutToken {
    access_token: SecretText,
    token_type: String,
    expires_in: u64,
    refresh_expires_in: u64,
    user: Account,
}

impl FromRequest for Keeper {
    type Error = Infallible;
    type Future = Ready<Result<Self, Infallible>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let headers = request.headers();
        let is_browser = headers.contains_key(HEADER);
        let keeper = is_browser.then(|| Self::Browser(token(headers.get_all(COOKIE))));
        ready(Ok(keeper.unwrap_or(Self::Caller)))
    }
}

impl Keeper {
    /// The answer to whoever signed in.
    pub(super) fn answer(&self, session: &Session) -> HttpResponse {
        let whole = signed_in(session);
        match self {
            Self::Caller => HttpResponse::Ok().json(whole),
            Self::Browser(_) => {
                let seconds = whole.refresh_expires_in;
                let cookie = cookie(whole.refresh_token.expose(), seconds);
                HttpResponse::Ok().insert_header((SET_COOKIE, cookie)).json(WithoutToken {
                    access_token: whole.access_token,
                    token_type: whole.token_type,
                    expires_in: whole.expires_in,
                    refresh_expires_in: seconds,
                    user: whole.user,
                })
            }
        }
    }

    /// The answer to whoever signed out.
    pub(super) fn farewell(&self) -> HttpResponse {
        let mut answer = HttpResponse::NoContent().finish();
        self.clear(&mut answer);
        answer
    }

    /// The answer to a token that is not good: a browser forgets it.
    pub(super) fn refuse(&self, error: &ApiError) -> HttpResponse {
        let mut answer = error.error_response();
        if answer.status() == StatusCode::UNAUTHORIZED {
            self.clear(&mut answer);
        }
        answer
    }

    fn clear(&self, answer: &mut HttpResponse) {
        if matches!(self, Self::Browser(_)) {
            answer.headers_mut().insert(SET_COOKIE, cookie("", 0));
        }
    }
}

fn cookie(value: &str, seconds: u64) -> HeaderValue {
    let text = format!("{NAME}={value}; Max-Age={seconds}; {SCOPE}");
    // Tokens are letters, digits, `_` and `-`.
    let mut value = HeaderValue::from_str(&text).unwrap_or(HeaderValue::from_static(""));
    value.set_sensitive(true);
    value
}

/// The token in the cookies of a request. Two of the name are none: one of them is somebody else's.
fn token<'h>(cookies: impl Iterator<Item = &'h HeaderValue>) -> Option<Secret> {
    let lines = cookies.filter_map(|value| value.to_str().ok());
    let pairs = lines.flat_map(|line| line.split(';')).filter_map(|pair| pair.split_once('='));
    let mut values = pairs.filter(|(name, _)| name.trim() == NAME).map(|(_, value)| value.trim());
    match (values.next(), values.next()) {
        (Some(only), None) if !only.is_empty() => Some(Secret::new(only.to_owned())),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_token_is_in_the_one_cookie_of_its_name() {
        let read = |lines: &[&'static str]| {
            let lines: Vec<_> = lines.iter().map(|line| HeaderValue::from_static(line)).collect();
            token(lines.iter()).map(|token| token.expose().to_owned())
        };
        assert_eq!(read(&["a=b; __Secure-cargo-refresh=cgrt_1; c=d"]).as_deref(), Some("cgrt_1"));
        assert_eq!(read(&["a=b", "__Secure-cargo-refresh=x"]).as_deref(), Some("x"));
        assert_eq!(read(&["__Secure-cargo-refresh=x; __Secure-cargo-refresh=y"]), None);
        assert_eq!(read(&["__Secure-cargo-refresh=x", "__Secure-cargo-refresh=x"]), None);
        for none in ["", "__Secure-cargo-refresh", "__Secure-cargo-refresh=", "cargo-refresh=x"] {
            assert_eq!(read(&[none]), None, "{none}");
        }
    }
}
