//! One request and its answer, over one connection.

use std::future::poll_fn;
use std::pin::pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use futures_util::task::AtomicWaker;
use http::{Request, Response, StatusCode};
use hyper::body::Incoming;
use tokio::time::{Instant, Sleep, sleep_until};

use super::connection::Connection;
use super::error::UpstreamError;
use super::flow::{Content, Flow, Outgoing, WaitsFor};
use super::limits::UpstreamLimits;
use super::request::{Head, Kind};
use super::seats::{Occupant, Seat};
use super::store::Store;
use crate::outbound::root_cause;

/// As good as never.
const NEVER: Duration = Duration::from_hours(24 * 365);

/// A connection in use. It belongs to whoever waits for the answer, until it is taken away from
/// them: because it is free again, or because others come first.
pub(super) struct Exchange {
    live: Mutex<Option<Live>>,
    pub(super) flow: Arc<Flow>,
    waker: AtomicWaker,
}

/// A connection and the right to it. In this order: the one is closed before the other is free.
pub(super) struct Live {
    pub(super) connection: Connection,
    pub(super) seat: Seat,
}

/// Others came first.
pub(super) struct BrokenOff;

/// An exchange that ends with whoever holds this: the connection is closed.
pub(super) struct Held {
    pub(super) exchange: Arc<Exchange>,
    pub(super) store: Arc<Store>,
}

/// The head of an answer, and what its body comes by.
pub(super) struct Answered {
    pub(super) response: Response<Incoming>,
    pub(super) held: Held,
    /// The request was still being sent.
    pub(super) is_early: bool,
}

/// Why there is no answer, and what is needed to ask again.
pub(super) struct Failure {
    pub(super) error: UpstreamError,
    /// Whether nothing was heard, and nothing said that cannot be said again.
    pub(super) unsaid: bool,
    /// The body, where nothing of it was taken.
    pub(super) content: Option<Content>,
    /// The right to a connection; none when others came first.
    pub(super) seat: Option<Seat>,
}

impl Exchange {
    /// Looks at the connection, if it was not taken away.
    pub(super) fn poll<T>(
        &self,
        context: &mut Context<'_>,
        look: impl FnOnce(&mut Live, &mut Context<'_>) -> Poll<T>,
    ) -> Poll<Result<T, BrokenOff>> {
        self.waker.register(context.waker());
        let mut live = self.live.lock().unwrap_or_else(PoisonError::into_inner);
        match &mut *live {
            Some(live) => look(live, context).map(Ok),
            None => Poll::Ready(Err(BrokenOff)),
        }
    }

    /// The connection, which is not the exchange's any more.
    pub(super) fn take(&self) -> Option<Live> {
        self.live.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

impl Occupant for Exchange {
    fn slowness(&self) -> Option<u64> {
        self.flow.slowness()
    }

    /// Takes the connection away, and closes it. False if it is being looked at just now: then
    /// something moves.
    fn break_off(&self) -> bool {
        let live = self.live.try_lock().ok().and_then(|mut live| live.take());
        let is_broken = live.is_some();
        drop(live);
        self.waker.wake();
        is_broken
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        drop(self.exchange.take());
    }
}

impl Held {
    /// Notes what the seat is used for: so it can be taken away.
    fn use_seat(&self) {
        let live = self.exchange.live.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(live) = &*live {
            let occupant: Arc<dyn Occupant> = Arc::clone(&self.exchange) as _;
            live.seat.is_for(Arc::downgrade(&occupant));
        }
    }

    /// Ends the exchange without an answer, and saves what another one would need.
    fn failure(&self, error: UpstreamError, unsaid: bool) -> Failure {
        let content = self.exchange.flow.untouched();
        let seat = self.exchange.take().map(|live| live.seat);
        Failure { error, unsaid, content, seat }
    }

    /// Gives the connection back, if the next request may use it.
    pub(super) fn give_back(&self, context: &mut Context<'_>) {
        let Some(Live { mut connection, seat }) = self.exchange.take() else { return };
        if connection.is_free(context) {
            self.store.idle.keep(connection);
        }
        drop(seat);
    }
}

impl Failure {
    /// Whether the request may be sent once more: the storage was lost, and either the request changes
    /// nothing (`may_repeat`), or the storage cannot have had all of it.
    pub(super) fn may_be_repeated(&self, may_repeat: bool) -> bool {
        let is_lost = matches!(self.error, UpstreamError::Lost { .. });
        is_lost && (may_repeat || self.unsaid || self.content.is_some())
    }
}

/// What an exchange needs to know.
pub(super) struct Asking {
    pub(super) head: Head,
    pub(super) length: u64,
    pub(super) kind: Kind,
    pub(super) limits: UpstreamLimits,
    pub(super) store: Arc<Store>,
    /// When everything must be over.
    pub(super) end: Option<Instant>,
}

impl Asking {
    /// Sends the request over `connection`, and waits for the head of the answer.
    pub(super) async fn ask(
        &self,
        connection: Connection,
        seat: Seat,
        content: Option<Content>,
    ) -> Result<Answered, Failure> {
        let flow = Flow::new(content, self.length);
        let mut request = Request::new(Outgoing(Arc::clone(&flow)));
        *request.method_mut() = self.head.method.clone();
        *request.uri_mut() = self.head.uri.clone();
        *request.headers_mut() = self.head.headers.clone();
        let mut live = Live { connection, seat };
        let answer = live.connection.sender.try_send_request(request);
        let exchange =
            Exchange { live: Mutex::new(Some(live)), flow, waker: AtomicWaker::default() };
        let held = Held { exchange: Arc::new(exchange), store: Arc::clone(&self.store) };
        held.use_seat();
        match self.wait(&held.exchange, answer).await {
            Ok(response) if response.status() == StatusCode::SWITCHING_PROTOCOLS => {
                Err(held.failure(self.lost("it switches protocols".to_owned()), false))
            }
            Ok(response) => {
                let is_early = held.exchange.flow.answered();
                Ok(Answered { response, held, is_early })
            }
            Err((error, unsaid)) => Err(held.failure(error, unsaid)),
        }
    }

    fn lost(&self, cause: String) -> UpstreamError {
        UpstreamError::Lost { endpoint: self.store.url.clone(), cause }
    }

    /// The head of the answer; or why there is none, and whether nothing of the request was sent.
    async fn wait(
        &self,
        exchange: &Exchange,
        answer: impl Future<
            Output = Result<
                Response<Incoming>,
                hyper::client::conn::TrySendError<Request<Outgoing>>,
            >,
        >,
    ) -> Result<Response<Incoming>, (UpstreamError, bool)> {
        let mut answer = pin!(answer);
        let mut sleep = pin!(sleep_until(self.deadline(&exchange.flow)));
        poll_fn(|context| {
            let looked = exchange.poll(context, |live, context| {
                live.connection.drive(context);
                let answered = answer.as_mut().poll(context);
                if answered.is_pending() {
                    // What was sent just now is written.
                    live.connection.drive(context);
                    return answer.as_mut().poll(context).map(|sent| said(sent, live));
                }
                answered.map(|sent| said(sent, live))
            });
            match looked {
                Poll::Ready(Err(BrokenOff)) => {
                    Poll::Ready(Err((UpstreamError::TooSlow(self.store.url.clone()), false)))
                }
                Poll::Ready(Ok(Err((cause, unsaid)))) => {
                    let error = match exchange.flow.failure() {
                        Some(error) => UpstreamError::Body(error),
                        None => self.lost(cause),
                    };
                    Poll::Ready(Err((error, unsaid)))
                }
                Poll::Ready(Ok(Ok(response))) => Poll::Ready(Ok(response)),
                Poll::Pending => self.be_patient(&exchange.flow, sleep.as_mut(), context),
            }
        })
        .await
    }

    fn be_patient<T>(
        &self,
        flow: &Flow,
        mut sleep: std::pin::Pin<&mut Sleep>,
        context: &mut Context<'_>,
    ) -> Poll<Result<T, (UpstreamError, bool)>> {
        let deadline = self.deadline(flow);
        if sleep.deadline() != deadline {
            sleep.as_mut().reset(deadline);
        }
        sleep.poll(context).map(|()| Err((UpstreamError::Late(self.store.url.clone()), false)))
    }

    /// When patience ends, as things stand. Whoever makes a body has their own time.
    fn deadline(&self, flow: &Flow) -> Instant {
        let (waits, since) = flow.waits();
        let patience = match waits {
            WaitsFor::Content => None,
            WaitsFor::Room | WaitsFor::Rest => Some(self.limits.idle),
            WaitsFor::Answer => Some(self.kind.first_byte(&self.limits)),
        };
        let deadline = patience.map(|patience| since + patience);
        deadline.into_iter().chain(self.end).min().unwrap_or(since + NEVER)
    }
}

/// The answer, or the cause at the bottom and whether the request was given back whole.
fn said(
    sent: Result<Response<Incoming>, hyper::client::conn::TrySendError<Request<Outgoing>>>,
    live: &mut Live,
) -> Result<Response<Incoming>, (String, bool)> {
    sent.map_err(|mut error| {
        let unsaid = error.take_message().is_some();
        let cause = live.connection.cause(error.into_error());
        (root_cause(&cause), unsaid)
    })
}
