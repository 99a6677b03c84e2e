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

/// What a request says of its being sent more than once.
pub(super) struct Attempt {
    key: Option<String>,
    /// The method and the path.
    what: String,
}

/// A body that has not been read yet, and the request's idempotency key. An empty body is read as
/// `{}`.
pub(super) struct IdempotentBody<T> {
    unread: Unread,
    is_json: bool,
    attempt: Attempt,
    says: PhantomData<fn() -> T>,
}

impl Attempt {
    /// Of a request.
    ///
    /// # Errors
    /// An idempotency key that is none, or more than one.
    pub(super) fn of(request: &HttpRequest) -> Result<Self, ApiError> {
        Ok(Self { key: key(request)?, what: format!("{} {}\0", request.method(), request.path()) })
    }

    /// With its body, what tells it from other requests with the same key.
    pub(super) fn with(self, body: &[u8]) -> Option<Idempotency> {
        let fingerprint = Sha256::new().chain_update(self.what).chain_update(body).finalize();
        self.key.map(|key| Idempotency { key, fingerprint: fingerprint.into() })
    }
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
        let body = parse(if bytes.is_empty() { b"{}" } else { &bytes })?;
        Ok((body, Context { idempotency: self.attempt.with(&bytes), ..auth.0.clone() }))
    }

    /// The same of a body that may hold a password: what is kept of it tells nobody who reads the database
    /// whether a guess is right.
    pub(super) async fn read_secret(
        self,
        auth: &mut Authenticated,
        state: &State,
    ) -> Result<(T, Context), ApiError> {
        let (body, mut context) = self.read(auth, state).await?;
        if let Some(idempotency) = &mut context.idempotency {
            let key = state.service.database().fingerprint_key();
            idempotency.fingerprint = key.digest(&[&idempotency.fingerprint]);
        }
        Ok((body, context))
    }
}

impl<T> FromRequest for IdempotentBody<T> {
    type Error = ApiError;
    type Future = Ready<Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        ready(Attempt::of(request).map(|attempt| Self {
            unread: Unread::of(request, payload),
            is_json: is_json(request),
            attempt,
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
