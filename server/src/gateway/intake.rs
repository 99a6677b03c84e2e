//! The body of a client, piece by piece, with every check that it was declared to pass (G16 to G20).

use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};

use bytes::{Bytes, BytesMut};
use futures_util::stream::{self, Stream, StreamExt as _, try_unfold};
use http_body::Frame;
use http_body_util::{BodyExt as _, StreamBody};
use hyper::body::Incoming;
use tokio::time::timeout;

use super::error::S3Error;
use super::reason::Reason;
use crate::config::BodyTimes;
use crate::domain::limits::{MAX_BODY, MAX_GATEWAY_BODY};
use crate::domain::sigv4::{BodyReader, ProofError};
use crate::limits::RoomShare;

/// What is asked once more when all of a body is there, before its last piece goes out.
pub(super) type LastLook = Pin<Box<dyn Future<Output = Result<(), S3Error>> + Send>>;

/// Why a body was broken off: for the client, who is answered by somebody else than the reader of the body.
pub(super) type Failure = Arc<OnceLock<S3Error>>;

/// A body that is broken off.
#[derive(Debug, thiserror::Error)]
#[error("the client's body was broken off: {}", .0.code())]
pub(super) struct BrokenOff(S3Error);

impl BrokenOff {
    pub(super) const fn of(error: S3Error) -> Self {
        Self(error)
    }
}

/// The body of one request.
pub(super) struct Intake {
    incoming: Incoming,
    reader: Option<BodyReader>,
    /// Bytes that came and were not read yet.
    raw: Bytes,
    /// The last piece of content, until all checks have passed.
    held: Option<Bytes>,
    last_look: Option<LastLook>,
    /// The checksum behind the body, when it was verified.
    trailer: Option<String>,
    /// Bytes of content so far.
    received: Arc<AtomicU64>,
    times: BodyTimes,
}

impl Intake {
    /// Reads `incoming` as `reader` has it, within `times`. The last piece is held back until `last_look`
    /// agrees.
    pub(super) fn new(
        incoming: Incoming,
        reader: BodyReader,
        last_look: Option<LastLook>,
        times: BodyTimes,
    ) -> Self {
        let (reader, raw, held, received) = (Some(reader), Bytes::new(), None, Arc::default());
        Self { incoming, reader, raw, held, last_look, trailer: None, received, times }
    }

    /// Counts the bytes of content in `received`.
    pub(super) fn counting(self, received: Arc<AtomicU64>) -> Self {
        Self { received, ..self }
    }

    /// The next piece of content. `None` when the body is over and every check has passed.
    ///
    /// # Errors
    /// S3's error for a body that is not what it was declared to be, for a client that stops sending,
    /// and for a request that is not allowed any more.
    pub(super) async fn next(&mut self) -> Result<Option<Bytes>, S3Error> {
        while let Some(piece) = self.piece().await? {
            if let Some(before) = self.held.replace(piece) {
                return Ok(Some(before));
            }
        }
        if let Some(reader) = self.reader.take() {
            self.trailer = reader.finish()?;
        }
        if let Some(last_look) = self.last_look.take() {
            last_look.await?;
        }
        Ok(self.held.take())
    }

    /// The checksum behind the body, once every check has passed. Then the last piece is out.
    pub(super) fn verified_checksum(&self) -> Option<&str> {
        self.trailer.as_deref()
    }

    /// All of the content, up to [`MAX_GATEWAY_BODY`] bytes. What is large takes memory from `share` until
    /// that is dropped.
    ///
    /// # Errors
    /// As for [`Intake::next`]; 400 `EntityTooLarge` for more, 503 `SlowDown` without memory for it, 400
    /// `RequestTimeout` if it takes too long.
    pub(super) async fn whole(self, share: &mut RoomShare) -> Result<Bytes, S3Error> {
        Ok(self.whole_with_trailer(share).await?.0)
    }

    /// The same, and the checksum that came behind it.
    ///
    /// # Errors
    /// As for [`Intake::whole`].
    pub(super) async fn whole_with_trailer(
        mut self,
        share: &mut RoomShare,
    ) -> Result<(Bytes, Option<String>), S3Error> {
        let (mut content, total) = (BytesMut::new(), self.times.total);
        let read = async {
            while let Some(piece) = self.next().await? {
                let length = content.len() + piece.len();
                if length > MAX_GATEWAY_BODY {
                    return Err(S3Error::too_large(MAX_GATEWAY_BODY));
                }
                if length > MAX_BODY {
                    share.grow_to(length).map_err(|full| {
                        S3Error::slow_down().because(Reason::denied(full.code)).closing()
                    })?;
                }
                content.extend_from_slice(&piece);
            }
            Ok(())
        };
        timeout(total, read).await.map_err(|_| S3Error::request_timeout())??;
        Ok((content.freeze(), self.trailer))
    }

    /// The body as it goes out, behind its `first` piece. What breaks it off is told in `failure`.
    pub(super) fn stream(
        self,
        first: Option<Bytes>,
        failure: Failure,
    ) -> StreamBody<impl Stream<Item = Result<Frame<Bytes>, BrokenOff>> + Send> {
        let first = stream::iter(first.map(|piece| Ok(Frame::data(piece))));
        StreamBody::new(first.chain(try_unfold(
            (self, failure),
            |(mut intake, failure)| async move {
                match intake.next().await {
                    Ok(piece) => Ok(piece.map(|piece| (Frame::data(piece), (intake, failure)))),
                    Err(error) => {
                        failure.set(error.clone()).ok();
                        Err(BrokenOff(error))
                    }
                }
            },
        )))
    }

    /// The next piece of content, not held back. `None` at the end of the body.
    async fn piece(&mut self) -> Result<Option<Bytes>, S3Error> {
        let Some(reader) = &mut self.reader else { return Ok(None) };
        loop {
            while !self.raw.is_empty() {
                let fed = reader.feed(&self.raw)?;
                let content = self.raw.slice(fed.content);
                drop(self.raw.split_to(fed.taken));
                if !content.is_empty() {
                    self.received.fetch_add(content.len() as u64, Ordering::Relaxed);
                    return Ok(Some(content));
                }
            }
            match timeout(self.times.idle, self.incoming.frame()).await {
                Err(_) => return Err(S3Error::request_timeout()),
                Ok(None) => return Ok(None),
                Ok(Some(Err(error))) => {
                    log::debug!("a client's body ended early: {error}");
                    return Err(
                        ProofError::Body(crate::domain::s3::checksum::BodyError::Length).into()
                    );
                }
                Ok(Some(Ok(frame))) => self.raw = frame.into_data().unwrap_or_default(),
            }
        }
    }
}
