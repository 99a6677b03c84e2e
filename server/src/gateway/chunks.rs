//! The body of an upload as it goes out in chunks, with the client's checksum behind it (G20).

use bytes::Bytes;
use futures_util::stream::{Stream, try_unfold};
use http_body::Frame;
use http_body_util::StreamBody;

use super::error::S3Error;
use super::intake::{BrokenOff, Failure, Intake};
use crate::domain::sigv4::chunked::Encoder;

/// A body on its way.
struct Chunks {
    intake: Intake,
    next: Next,
    /// `None` once all was written.
    encoder: Option<Encoder>,
}

/// Where the next piece of the content comes from.
enum Next {
    /// The first was asked for before; `None` if there is no content.
    Here(Option<Bytes>),
    FromClient,
}

/// The body of `intake` behind its `first` piece, in chunks. Its last piece goes out with the end of the
/// chunks and the checksum, when every check has passed. What breaks it off is told in `failure`.
pub(super) fn in_chunks(
    intake: Intake,
    first: Option<Bytes>,
    encoder: Encoder,
    failure: Failure,
) -> StreamBody<impl Stream<Item = Result<Frame<Bytes>, BrokenOff>> + Send> {
    let chunks = Chunks { intake, next: Next::Here(first), encoder: Some(encoder) };
    StreamBody::new(try_unfold((chunks, failure), |(mut chunks, failure)| async move {
        match chunks.next().await {
            Ok(piece) => Ok(piece.map(|piece| (Frame::data(piece), (chunks, failure)))),
            Err(error) => {
                failure.set(error.clone()).ok();
                Err(BrokenOff::of(error))
            }
        }
    }))
}

impl Chunks {
    /// The next piece as it goes out. `None` at the end.
    async fn next(&mut self) -> Result<Option<Bytes>, S3Error> {
        let Some(mut encoder) = self.encoder.take() else { return Ok(None) };
        let content = match std::mem::replace(&mut self.next, Next::FromClient) {
            Next::Here(first) => first,
            Next::FromClient => self.intake.next().await?,
        };
        let mut out = Vec::new();
        if let Some(content) = &content {
            encoder.write(content, &mut out);
        }
        match self.intake.verified_checksum() {
            Some(checksum) => encoder.finish(checksum, &mut out),
            None if content.is_none() => return Ok(None),
            None => self.encoder = Some(encoder),
        }
        Ok(Some(out.into()))
    }
}
