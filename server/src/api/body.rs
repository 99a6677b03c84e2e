//! Request bodies. The server waits for a body only after it has authorized the caller, only for a
//! limited time, and reads a large body only if there is memory for it.

use std::future::{Ready, ready};
use std::marker::PhantomData;
use std::sync::Arc;

use actix_web::dev::Payload;
use actix_web::error::PayloadError;
use actix_web::http::header;
use actix_web::web::{self, Bytes, BytesMut};
use actix_web::{FromRequest, HttpMessage as _, HttpRequest};
use futures_util::{FutureExt as _, StreamExt as _};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use tokio::time::{Instant, timeout_at};

use super::bodies::Patience;
use super::crowd;
use super::deadline;
use super::error::ApiError;
use super::extractors::{Authenticated, parse};
use super::state::State;
use crate::domain::{Caller, OperatorName, limits};
use crate::limits::{Room, RoomShare};

/// Bodies up to this size are parsed on the worker thread, which takes a few milliseconds.
const PARSED_AT_ONCE: usize = 256 * 1024;

/// A body that has not been read yet.
pub(super) struct Unread {
    request: HttpRequest,
    payload: Payload,
    declared: Option<usize>,
}

impl Unread {
    pub(super) fn of(request: &HttpRequest, payload: &mut Payload) -> Self {
        let length = request.headers().get(header::CONTENT_LENGTH);
        let declared = length.and_then(|value| value.to_str().ok()?.parse().ok());
        Self { request: request.clone(), payload: payload.take(), declared }
    }

    /// Reads the body of an authorized caller: at most `limit` bytes. A large body takes memory
    /// from `room` until `auth` is dropped. Credentials are checked again if the body took longer
    /// than a second.
    pub(super) async fn read(
        mut self,
        auth: &mut Authenticated,
        state: &State,
        limit: usize,
        room: &Arc<Room>,
    ) -> Result<Bytes, ApiError> {
        if self.declared.is_some_and(|length| length > limit) {
            return Err(ApiError::TooLarge(limit));
        }
        let mut share = room.share(&auth.0.caller);
        let begun = self.at_once().await?;
        let waits = matches!(begun, Begun::Part(_));
        let bytes = match begun {
            Begun::Whole(bytes) => bytes,
            Begun::Part(bytes) => {
                // Waiting for a client is no work, so it must not keep other requests out.
                crowd::leave(&self.request);
                deadline::pause(&self.request);
                let _waits = state.bodies.wait(&auth.0.caller)?;
                let bytes =
                    self.wait_for_rest(bytes, state.bodies.patience(), limit, &mut share).await?;
                deadline::resume(&self.request);
                crowd::enter(&self.request, &state.crowd)?;
                bytes
            }
        };
        make_room(&mut share, bytes.len())?;
        auth.takes(share);
        auth.after_body(state, waits).await?;
        Ok(bytes)
    }

    /// Reads the body of a sender who is not known yet: at most `limit` bytes, which take no memory of others.
    pub(super) async fn read_open(
        mut self,
        state: &State,
        limit: usize,
    ) -> Result<Bytes, ApiError> {
        if self.declared.is_some_and(|length| length > limit) {
            return Err(ApiError::TooLarge(limit));
        }
        let begun = match self.at_once().await? {
            Begun::Whole(bytes) => return Ok(bytes),
            Begun::Part(bytes) => bytes,
        };
        crowd::leave(&self.request);
        let strangers = Caller::Operator { name: OperatorName::server(), project: None };
        let _waits = state.bodies.wait(&strangers)?;
        let mut share = state.bodies.batches().share(&strangers);
        let bytes = self.wait_for_rest(begun, state.bodies.patience(), limit, &mut share).await?;
        crowd::enter(&self.request, &state.crowd)?;
        Ok(bytes)
    }

    /// The part of the body that arrived with the head. It is not copied.
    async fn at_once(&mut self) -> Result<Begun, ApiError> {
        if self.declared == Some(0) {
            return Ok(Begun::Whole(Bytes::new()));
        }
        let mut first = self.payload.next().now_or_never();
        if first.is_none() {
            // actix passes the head on before the part of the body that it read with the head.
            tokio::task::yield_now().await;
            first = self.payload.next().now_or_never();
        }
        let chunk = match first {
            None => return Ok(Begun::Part(Bytes::new())),
            Some(None) => return Ok(Begun::Whole(Bytes::new())),
            Some(Some(chunk)) => chunk.map_err(broken_off)?,
        };
        let is_whole = self.declared == Some(chunk.len());
        Ok(if is_whole { Begun::Whole(chunk) } else { Begun::Part(chunk) })
    }

    /// Reads the rest of the body. It takes memory for the bytes that have arrived, not for the
    /// declared length.
    async fn wait_for_rest(
        &mut self,
        begun: Bytes,
        patience: Patience,
        limit: usize,
        share: &mut RoomShare,
    ) -> Result<Bytes, ApiError> {
        let (start, mut bytes) = (Instant::now(), BytesMut::from(begun));
        loop {
            if bytes.len() > limit {
                return Err(ApiError::TooLarge(limit));
            }
            make_room(share, bytes.len())?;
            let next = timeout_at(start + patience.after(bytes.len()), self.payload.next()).await;
            let Some(chunk) = next.map_err(|_| ApiError::Slow)? else { break };
            bytes.extend_from_slice(&chunk.map_err(broken_off)?);
        }
        Ok(bytes.freeze())
    }
}

/// The part of a body that arrived with the head.
enum Begun {
    Whole(Bytes),
    Part(Bytes),
}

fn broken_off(_: PayloadError) -> ApiError {
    ApiError::field("", "the body was cut off")
}

fn make_room(share: &mut RoomShare, length: usize) -> Result<(), ApiError> {
    if length > limits::MAX_BODY { Ok(share.grow_to(length)?) } else { Ok(()) }
}

/// A JSON body of at most `LIMIT` bytes that has not been read yet.
pub(crate) struct Body<T, const LIMIT: usize = { limits::MAX_BODY }> {
    unread: Unread,
    is_json: bool,
    says: PhantomData<fn() -> T>,
}

impl<T, const LIMIT: usize> FromRequest for Body<T, LIMIT> {
    type Error = ApiError;
    type Future = Ready<Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (unread, is_json) = (Unread::of(request, payload), is_json(request));
        ready(Ok(Self { unread, is_json, says: PhantomData }))
    }
}

impl<T, const LIMIT: usize> Body<T, LIMIT> {
    /// Reads the body of an authorized caller, to be parsed by [`JsonText::lend`].
    ///
    /// # Errors
    /// As for [`Body::read`], without those of parsing.
    pub(super) async fn text(
        self,
        auth: &mut Authenticated,
        state: &State,
    ) -> Result<JsonText<T>, ApiError> {
        if !self.is_json {
            return Err(ApiError::MediaType("application/json"));
        }
        let bytes = self.unread.read(auth, state, LIMIT, state.bodies.batches()).await?;
        Ok(JsonText { bytes, says: PhantomData })
    }
}

impl<T: DeserializeOwned + Send + 'static, const LIMIT: usize> Body<T, LIMIT> {
    /// Reads and parses the body of an authorized caller.
    ///
    /// # Errors
    /// [`ApiError::Invalid`] if it is not JSON of this type, [`ApiError::MediaType`],
    /// [`ApiError::TooLarge`] or [`ApiError::Slow`], and [`ApiError::Unavailable`] if there is no
    /// memory for it.
    pub(crate) async fn read(self, auth: &mut Authenticated, state: &State) -> Result<T, ApiError> {
        self.text(auth, state).await?.parse().await
    }
}

/// The JSON of a body that has not been parsed yet.
pub(super) struct JsonText<T> {
    bytes: Bytes,
    says: PhantomData<fn() -> T>,
}

impl<T: DeserializeOwned + Send + 'static> JsonText<T> {
    /// Parses the JSON where it lies: `B` is `T` with texts that are borrowed from it. Large JSON is parsed as
    /// `T` on a blocking thread, and its texts are moved.
    ///
    /// # Errors
    /// [`ApiError::Invalid`] if it is not JSON of this type.
    pub(super) async fn lend<'a, B>(&'a mut self) -> Result<B, ApiError>
    where
        B: Deserialize<'a> + From<T>,
    {
        if self.is_small() { parse(&self.bytes) } else { Ok(self.parse().await?.into()) }
    }

    async fn parse(&mut self) -> Result<T, ApiError> {
        if self.is_small() {
            return parse(&self.bytes);
        }
        let bytes = std::mem::take(&mut self.bytes);
        aside(move || parse(&bytes)).await
    }

    fn is_small(&self) -> bool {
        self.bytes.len() <= PARSED_AT_ONCE
    }
}

/// Whether the content type is JSON.
pub(super) fn is_json(request: &HttpRequest) -> bool {
    request.content_type().eq_ignore_ascii_case("application/json")
}

/// Runs slow work on a blocking thread, so that it delays no other request.
#[expect(clippy::disallowed_methods, reason = "what is done here asks no database")]
pub(super) async fn aside<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, ApiError> + Send + 'static,
) -> Result<T, ApiError> {
    web::block(work).await.map_err(|_| ApiError::Internal)?
}
