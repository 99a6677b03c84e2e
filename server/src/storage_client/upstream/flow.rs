//! The bytes of one exchange: the body on its way out, and how fast anything moves.

use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use http_body_util::BodyExt as _;
use http_body_util::combinators::UnsyncBoxBody;
use tokio::time::Instant;

use super::error::BodyError;
use super::pace::Pace;

/// What a request carries.
///
/// A type of its own: an alias would show the compiler `dyn Error` with a lifetime in every future that
/// holds one, and none of them would be `Send`.
pub(super) struct Content(UnsyncBoxBody<Bytes, BodyError>);

impl Content {
    pub(super) fn new<B>(body: B) -> Self
    where
        B: Body<Data = Bytes> + Send + 'static,
        B::Error: Into<BodyError>,
    {
        Self(body.map_err(Into::into).boxed_unsync())
    }
}

/// Whom an exchange waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum WaitsFor {
    /// Whoever makes the body.
    Content,
    /// The storage, which is to take more of it.
    Room,
    /// The storage, which has all of it and is to answer.
    Answer,
    /// The rest of the answer, or whoever reads it.
    Rest,
}

/// What moves in one exchange. Shared between the connection, which takes the body out of it, and
/// whoever waits for the answer.
pub(super) struct Flow(Mutex<State>);

struct State {
    /// None once it ended, failed or was stopped.
    content: Option<Content>,
    /// Bytes of the body that are still to come.
    left: u64,
    /// Something of the body was taken.
    taken: bool,
    failure: Option<BodyError>,
    waits: WaitsFor,
    /// Since when.
    since: Instant,
    pace: Pace,
}

impl Flow {
    pub(super) fn new(content: Option<Content>, length: u64) -> Arc<Self> {
        let since = Instant::now();
        let waits = if length == 0 { WaitsFor::Answer } else { WaitsFor::Room };
        let pace = Pace::new(since);
        let (content, taken, failure) = (content.filter(|_| length > 0), false, None);
        let state = State { content, left: length, taken, failure, waits, since, pace };
        Arc::new(Self(Mutex::new(state)))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whom the exchange waits for, and since when.
    pub(super) fn waits(&self) -> (WaitsFor, Instant) {
        let state = self.state();
        (state.waits, state.since)
    }

    /// The answer begins. What is left of the body goes nowhere any more; whether there is such.
    pub(super) fn answered(&self) -> bool {
        let mut state = self.state();
        let (now, is_early) = (Instant::now(), state.left > 0);
        state.content = None;
        (state.waits, state.since) = (WaitsFor::Rest, now);
        state.pace = Pace::new(now);
        is_early
    }

    /// Some of the answer came.
    pub(super) fn came(&self, bytes: usize) {
        let mut state = self.state();
        state.since = Instant::now();
        let now = state.since;
        state.pace.moved(bytes as u64, now);
    }

    /// How fast bytes move, in bytes a second, where that is so slow that others come first. While a
    /// storage works on its answer nothing can move.
    pub(super) fn slowness(&self) -> Option<u64> {
        let mut state = self.state();
        if state.waits == WaitsFor::Answer { None } else { state.pace.slowness(Instant::now()) }
    }

    /// The error of whoever makes the body.
    pub(super) fn failure(&self) -> Option<BodyError> {
        self.state().failure.take()
    }

    /// The body, if nothing of it was taken yet: it can be sent once more. None when there is no
    /// body, or no whole one.
    pub(super) fn untouched(&self) -> Option<Content> {
        let mut state = self.state();
        if state.taken { None } else { state.content.take() }
    }

    fn poll_content(&self, context: &mut Context<'_>) -> Poll<Option<Result<Bytes, BodyError>>> {
        let mut state = self.state();
        let Some(content) = &mut state.content else {
            // Ended, or stopped: what was promised does not come, and the connection is not used
            // again.
            return if state.left == 0 { Poll::Ready(None) } else { Poll::Pending };
        };
        let piece = match Pin::new(&mut content.0).poll_frame(context) {
            Poll::Pending => {
                state.wait(WaitsFor::Content);
                return Poll::Pending;
            }
            Poll::Ready(Some(Ok(frame))) => frame.into_data().unwrap_or_default(),
            Poll::Ready(Some(Err(error))) => return Poll::Ready(Some(Err(state.fail(error)))),
            Poll::Ready(None) => {
                return Poll::Ready(Some(Err(state.fail("it ended early".into()))));
            }
        };
        let length = piece.len() as u64;
        if length > state.left {
            return Poll::Ready(Some(Err(state.fail("it is longer than was said".into()))));
        }
        state.taken |= length > 0;
        state.left -= length;
        let (waits, now) = (state.waits_next(), Instant::now());
        (state.waits, state.since) = (waits, now);
        state.pace.moved(length, now);
        if state.left == 0 {
            state.content = None;
        }
        Poll::Ready(Some(Ok(piece)))
    }
}

impl State {
    fn wait(&mut self, waits: WaitsFor) {
        if self.waits != waits {
            (self.waits, self.since) = (waits, Instant::now());
        }
    }

    /// Whom to wait for behind a piece of the body.
    fn waits_next(&self) -> WaitsFor {
        if self.left == 0 { WaitsFor::Answer } else { WaitsFor::Room }
    }

    /// Notes why the body is not sent, and says so to the connection.
    fn fail(&mut self, error: BodyError) -> BodyError {
        self.content = None;
        let told = error.to_string().into();
        self.failure = Some(error);
        told
    }
}

/// The body as the connection takes it.
pub(super) struct Outgoing(pub(super) Arc<Flow>);

impl Body for Outgoing {
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        self.0.poll_content(context).map(|piece| piece.map(|piece| piece.map(Frame::data)))
    }

    fn is_end_stream(&self) -> bool {
        self.0.state().left == 0
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.0.state().left)
    }
}
