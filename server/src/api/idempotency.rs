//! JSON bodies of POST requests that can be repeated with an `Idempotency-Key`
//! (draft-ietf-httpapi-idempotency-key-header).

use std::future::{Ready, ready};
use std::marker::PhantomData;

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};
use serde::de::DeserializeOwned;
use sha2::{Digest as _, Sha256};

use super::body::{Unread, is_json};
use super::error::ApiError;
use super::extractors::{Authenticated, parse};
use super::state::State;
use crate::domain::{Context, Idempotency, limits};

const HEADER: &str = "idempotency-key";

/// A body that has not been read yet, and the request's idempotency key. An empty body is read as
/// `{}`.
pub(super) struct IdempotentBody<T> {
    unread: Unread,
    is_json: bool,
    key: Option<String>,
    /// The method and the path.
    what: String,
    says: PhantomData<fn() -> T>,
}

impl<T: DeserializeOwned> IdempotentBody<T> {
    /// Reads the body of an authorized caller. Also returns the context for a mutation that is made
    /// once per key.
    pub(super) async fn read(
        self,
        auth: &mut Authenticated,
        state: &State,
    ) -> Result<(T, Context), ApiError> {
        let room = state.bodies.batches();
        let bytes = self.unread.read(auth, state, limits::MAX_BODY, room).await?;
        if !self.is_json && !bytes.is_empty() {
            return Err(ApiError::MediaType("application/json"));
        }
        let fingerprint =
            Sha256::new().chain_update(self.what).chain_update(&bytes).finalize().into();
        let body = parse(if bytes.is_empty() { b"{}" } else { &bytes })?;
        let idempotency = self.key.map(|key| Idempotency { key, fingerprint });
        Ok((body, Context { idempotency, ..auth.0.clone() }))
    }
}

impl<T> FromRequest for IdempotentBody<T> {
    type Error = ApiError;
    type Future = Ready<Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        ready(key(request).map(|key| Self {
            unread: Unread::of(request, payload),
            is_json: is_json(request),
            key,
            what: format!("{} {}\0", request.method(), request.path()),
            says: PhantomData,
        }))
    }
}

fn key(request: &HttpRequest) -> Result<Option<String>, ApiError> {
    let mut values = request.headers().get_all(HEADER);
    let wrong = || ApiError::field(HEADER, "one of 1 to 255 visible ASCII characters");
    match (values.next(), values.next()) {
        (None, _) => Ok(None),
        (Some(value), None) => match value.to_str() {
            Ok(text)
                if (1..=limits::MAX_IDEMPOTENCY_KEY).contains(&text.len())
                    && text.bytes().all(|byte| byte.is_ascii_graphic()) =>
            {
                Ok(Some(text.to_owned()))
            }
            _ => Err(wrong()),
        },
        (Some(_), Some(_)) => Err(wrong()),
    }
}
