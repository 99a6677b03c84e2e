//! What a storage answers, piece by piece.

use std::fmt;
use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, Response, StatusCode};
use http_body::{Body, Frame, SizeHint};
use http_body_util::BodyExt as _;
use http_body_util::combinators::BoxBody;
use hyper::body::Incoming;
use tokio::time::{Instant, Sleep, sleep_until};

use super::error::UpstreamError;
use super::exchange::{Answered, BrokenOff, Held};
use crate::outbound::root_cause;

/// What a storage answers.
#[derive(Debug)]
pub struct UpstreamResponse {
    /// The status. Never one that sends elsewhere.
    pub status: StatusCode,
    /// The headers, all of them.
    pub headers: HeaderMap,
    /// The body.
    pub body: ResponseBody,
}

/// The body of an answer. It is read from the connection as it is asked for, and to drop it before its
/// end closes the connection.
pub struct ResponseBody {
    incoming: Incoming,
    /// None once the body ended, well or not.
    held: Option<Held>,
    /// The request was still being sent when the answer began.
    is_early: bool,
    patience: Patience,
}

/// How long the next piece may take.
pub(super) struct Patience {
    idle: Duration,
    /// When everything must be over.
    end: Option<Instant>,
    /// Set while a piece is waited for.
    sleep: Option<Pin<Box<Sleep>>>,
}

impl UpstreamResponse {
    /// The answer; where it has no body, its connection is free at once.
    pub(super) async fn new(answered: Answered, patience: Patience) -> Self {
        let Answered { response, held, is_early } = answered;
        let (head, incoming) = response.into_parts();
        let mut body = ResponseBody { incoming, held: Some(held), is_early, patience };
        if body.incoming.is_end_stream() {
            poll_fn(|context| {
                body.finish(context);
                Poll::Ready(())
            })
            .await;
        }
        Self { status: head.status, headers: head.headers, body }
    }
}

impl UpstreamResponse {
    /// The same with any body.
    pub(crate) fn boxed(self) -> Response<BoxBody<Bytes, UpstreamError>> {
        let mut response = Response::new(self.body.boxed());
        (*response.status_mut(), *response.headers_mut()) = (self.status, self.headers);
        response
    }
}

impl Patience {
    pub(super) fn new(idle: Duration, end: Option<Instant>) -> Self {
        Self { idle, end, sleep: None }
    }

    /// Whether it is over; asked while nothing comes.
    fn is_over(&mut self, context: &mut Context<'_>) -> bool {
        let sleep = self.sleep.get_or_insert_with(|| {
            let idle = Instant::now() + self.idle;
            Box::pin(sleep_until(self.end.map_or(idle, |end| end.min(idle))))
        });
        sleep.as_mut().poll(context).is_ready()
    }
}

impl ResponseBody {
    /// Whether the answer came before the last piece of the request was sent.
    pub fn is_early(&self) -> bool {
        self.is_early
    }

    /// Ends: a connection over which everything was said is kept.
    fn finish(&mut self, context: &mut Context<'_>) {
        if let Some(held) = self.held.take()
            && !self.is_early
        {
            held.give_back(context);
        }
    }

    /// The next piece, whatever it is.
    fn poll_piece(
        &mut self,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, UpstreamError>>> {
        let Some(held) = &self.held else { return Poll::Ready(None) };
        let incoming = &mut self.incoming;
        let looked = held.exchange.poll(context, |live, context| {
            live.connection.drive(context);
            let piece = Pin::new(&mut *incoming).poll_frame(context);
            if piece.is_ready() {
                return piece;
            }
            // That it is asked for was news for the connection.
            live.connection.drive(context);
            Pin::new(&mut *incoming).poll_frame(context)
        });
        let url = || held.store.url.clone();
        match looked {
            Poll::Ready(Ok(Some(Ok(frame)))) => {
                self.patience.sleep = None;
                held.exchange.flow.came(frame.data_ref().map_or(0, Bytes::len));
                Poll::Ready(Some(Ok(frame)))
            }
            Poll::Ready(Ok(Some(Err(error)))) => {
                let cause = root_cause(&error);
                Poll::Ready(Some(Err(UpstreamError::Lost { endpoint: url(), cause })))
            }
            Poll::Ready(Ok(None)) => Poll::Ready(None),
            Poll::Ready(Err(BrokenOff)) => Poll::Ready(Some(Err(UpstreamError::TooSlow(url())))),
            Poll::Pending if self.patience.is_over(context) => {
                Poll::Ready(Some(Err(UpstreamError::Late(url()))))
            }
            Poll::Pending => Poll::Pending,
        }
    }
}

impl Body for ResponseBody {
    type Data = Bytes;
    type Error = UpstreamError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, UpstreamError>>> {
        let piece = std::task::ready!(self.poll_piece(context));
        match &piece {
            Some(Ok(_)) if !self.incoming.is_end_stream() => {}
            Some(Ok(_)) | None => self.finish(context),
            Some(Err(_)) => drop(self.held.take()),
        }
        Poll::Ready(piece)
    }

    fn is_end_stream(&self) -> bool {
        self.held.is_none() || self.incoming.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.incoming.size_hint()
    }
}

impl fmt::Debug for ResponseBody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ResponseBody").field("is_early", &self.is_early).finish_non_exhaustive()
    }
}
