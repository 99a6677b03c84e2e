//! The body of an answer, which tells when the request is not under way any more.

use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::{HeaderValue, Response, header};
use http_body_util::{Either, Full};
use hyper::body::{Body, Frame, SizeHint};

use super::head::Refusal;

/// What goes wrong while an answer's body is made.
pub(super) type BodyError = Box<dyn std::error::Error + Send + Sync>;

/// The body of an answer. The request is under way until it is dropped, and `G` with it.
pub(super) struct Answer<B, G> {
    body: Pin<Box<Either<B, Full<Bytes>>>>,
    _under_way: G,
}

impl<B, G> Answer<B, G> {
    pub(super) fn new(body: B, under_way: G) -> Self {
        Self { body: Box::pin(Either::Left(body)), _under_way: under_way }
    }

    /// The answer to a request that no service gets.
    pub(super) fn refusing(refusal: Refusal, under_way: G) -> Response<Self> {
        log::debug!("a request is refused: {}", refusal.sentence());
        let body = Full::from(format!("{}\n", refusal.sentence()));
        let body = Self { body: Box::pin(Either::Right(body)), _under_way: under_way };
        let mut response = Response::new(body);
        *response.status_mut() = refusal.status();
        let text = HeaderValue::from_static("text/plain; charset=utf-8");
        response.headers_mut().insert(header::CONTENT_TYPE, text);
        response
    }
}

impl<B, G> Body for Answer<B, G>
where
    B: Body<Data = Bytes, Error: Into<BodyError>>,
    G: Unpin,
{
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        self.body.as_mut().poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
