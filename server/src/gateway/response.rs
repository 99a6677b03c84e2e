//! The answer to a client: a document of Cargo's, or the storage's body as it comes.

use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderValue, Response};
use http_body::{Body, Frame, SizeHint};
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt as _, Full};

use super::ending::Ending;
use super::watch::Watch;
use crate::storage_client::upstream::{ResponseBody, UpstreamError};

/// The body of an answer.
pub(super) type GatewayBody = UnsyncBoxBody<Bytes, UpstreamError>;

/// A document as an answer of 200.
pub(super) fn document(text: String) -> Response<GatewayBody> {
    let mut response = Response::new(full(text));
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/xml"));
    response
}

/// A body that is there.
pub(super) fn full(bytes: impl Into<Bytes>) -> GatewayBody {
    Full::new(bytes.into()).map_err(|never| match never {}).boxed_unsync()
}

/// The storage's body. The end of the exchange is recorded when it is over or dropped.
pub(super) struct Download {
    /// What was read of the body already.
    ahead: Bytes,
    body: ResponseBody,
    ending: Ending,
    /// Looks at it while it streams.
    _watch: Option<Watch>,
}

impl Download {
    pub(super) fn new(
        ahead: Bytes,
        body: ResponseBody,
        ending: Ending,
        watch: Option<Watch>,
    ) -> Self {
        let mut download = Self { ahead, body, ending, _watch: watch };
        download.note_end();
        download
    }

    /// Notes that nothing more will come. hyper asks no further then, and not at all for an empty body.
    fn note_end(&mut self) {
        if self.is_end_stream() {
            self.ending.is_whole();
        }
    }

    /// The answer says 200, and then an error of S3's.
    pub(super) fn failed_with(&mut self, code: String) {
        self.ending.failed_with(code);
    }
}

impl Body for Download {
    type Data = Bytes;
    type Error = UpstreamError;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, UpstreamError>>> {
        let this = self.get_mut();
        if !this.ahead.is_empty() {
            let ahead = std::mem::take(&mut this.ahead);
            this.ending.sent(ahead.len());
            this.note_end();
            return Poll::Ready(Some(Ok(Frame::data(ahead))));
        }
        let polled = Pin::new(&mut this.body).poll_frame(context);
        match &polled {
            Poll::Ready(Some(Ok(frame))) => {
                this.ending.sent(frame.data_ref().map_or(0, Bytes::len));
                this.note_end();
            }
            Poll::Ready(None) => this.ending.is_whole(),
            Poll::Ready(Some(Err(error))) => log::warn!("an answer was cut off: {error}"),
            Poll::Pending => {}
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.ahead.is_empty() && self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        let (rest, ahead) = (self.body.size_hint(), self.ahead.len() as u64);
        let mut hint = SizeHint::new();
        if let Some(upper) = rest.upper() {
            hint.set_upper(upper + ahead);
        }
        hint.set_lower(rest.lower() + ahead);
        hint
    }
}
