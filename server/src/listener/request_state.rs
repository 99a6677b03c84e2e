//! What the two sides of a connection know of its request: the socket, which looks at heads and watches the
//! time, and the service, which answers.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Waker};

use bytes::Bytes;
use http::{HeaderValue, Request, Response, header};
use hyper::body::{Body, Incoming};
use hyper::service::Service;

use super::answer::{Answer, BodyError};
use super::hangup::Hangup;
use super::head::Refusal;

/// What both sides know of the request that was handed over last.
#[derive(Debug, Default)]
pub(super) struct RequestState(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    is_under_way: bool,
    has_more_body: bool,
    refusal: Option<Refusal>,
    waiting: Option<Waker>,
}

impl RequestState {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A request goes to the service, with a body that is to come or not.
    pub(super) fn hand_over(&self, has_more_body: bool) {
        let mut state = self.state();
        state.is_under_way = true;
        state.has_more_body = has_more_body;
    }

    /// What goes to the service stands for a request that is refused.
    pub(super) fn refuse(&self, refusal: Refusal) {
        self.hand_over(false);
        self.state().refusal = Some(refusal);
    }

    /// The whole body of the request was handed over.
    pub(super) fn body_is_over(&self) {
        self.state().has_more_body = false;
    }

    /// Whether a request is being answered. If so, `context` is woken when it was.
    pub(super) fn is_under_way(&self, context: &Context<'_>) -> bool {
        let mut state = self.state();
        state.waiting = state.is_under_way.then(|| context.waker().clone());
        state.is_under_way
    }
}

/// A request that is being answered. Dropped when its answer was made.
pub(super) struct UnderWay(Arc<RequestState>);

impl Drop for UnderWay {
    fn drop(&mut self) {
        let mut state = self.0.state();
        state.is_under_way = false;
        if let Some(waiting) = state.waiting.take() {
            waiting.wake();
        }
    }
}

/// A service that gets no request which was refused.
#[derive(Debug)]
pub(super) struct CheckedService<S> {
    service: S,
    state: Arc<RequestState>,
    hangup: Hangup,
}

impl<S> CheckedService<S> {
    pub(super) fn new(service: S, state: Arc<RequestState>, hangup: Hangup) -> Self {
        Self { service, state, hangup }
    }
}

type Answering<B> =
    Pin<Box<dyn Future<Output = Result<Response<Answer<B, UnderWay>>, Infallible>> + Send>>;

impl<S, B> Service<Request<Incoming>> for CheckedService<S>
where
    S: Service<Request<Incoming>, Response = Response<B>, Error = Infallible>,
    S::Future: Send + 'static,
    B: Body<Data = Bytes, Error: Into<BodyError>> + Send + 'static,
{
    type Response = Response<Answer<B, UnderWay>>;
    type Error = Infallible;
    type Future = Answering<B>;

    fn call(&self, mut request: Request<Incoming>) -> Self::Future {
        let under_way = UnderWay(self.state.clone());
        if let Some(refusal) = self.state.state().refusal.take() {
            let mut response = Answer::refusing(refusal, under_way);
            close(&mut response);
            return Box::pin(async move { Ok(response) });
        }
        request.extensions_mut().insert(self.hangup.clone());
        let answering = self.service.call(request);
        Box::pin(async move {
            let mut response = answering.await?;
            // The next request would stand behind a body that nobody reads.
            if under_way.0.state().has_more_body {
                close(&mut response);
            }
            Ok(response.map(|body| Answer::new(body, under_way)))
        })
    }
}

fn close<B>(response: &mut Response<B>) {
    response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
}
