//! JSON bodies of requests that prove in them who sends them: a password, a refresh token, an invitation.

use std::future::{Ready, ready};
use std::marker::PhantomData;

use actix_web::dev::Payload;
use actix_web::web::Bytes;
use actix_web::{FromRequest, HttpRequest};
use serde::de::DeserializeOwned;

use super::body::{Unread, is_json};
use super::error::ApiError;
use super::extractors::parse;
use super::idempotency::Attempt;
use super::state::State;
use crate::domain::Idempotency;

/// Maximum bytes: two passwords in escapes, and the rest.
const LIMIT: usize = 16 * 1024;

/// A small body that has not been read yet, of a sender who is not known yet.
pub(super) struct OpenBody<T> {
    unread: Unread,
    is_json: bool,
    says: PhantomData<fn() -> T>,
}

impl<T> FromRequest for OpenBody<T> {
    type Error = ApiError;
    type Future = Ready<Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (unread, is_json) = (Unread::of(request, payload), is_json(request));
        ready(Ok(Self { unread, is_json, says: PhantomData }))
    }
}

impl<T: DeserializeOwned> OpenBody<T> {
    /// Reads and parses the body.
    pub(super) async fn read(self, state: &State) -> Result<T, ApiError> {
        parse(&self.bytes(state).await?)
    }

    /// The same, and with it what tells the attempt from others with the same idempotency key.
    pub(super) async fn read_once(
        self,
        attempt: Attempt,
        state: &State,
    ) -> Result<(T, Option<Idempotency>), ApiError> {
        let bytes = self.bytes(state).await?;
        Ok((parse(&bytes)?, attempt.with(&bytes)))
    }

    async fn bytes(self, state: &State) -> Result<Bytes, ApiError> {
        if !self.is_json {
            return Err(ApiError::MediaType("application/json"));
        }
        self.unread.read_open(state, LIMIT).await
    }
}
