//! Where the two sides of a connection meet: the socket, which looks at heads and watches the time, and
//! the service, which answers.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use bytes::Bytes;
use http::{HeaderValue, Request, Response, header};
use http_body_util::{Either, Full};
use hyper::body::{Body, Frame, Incoming, SizeHint};
use hyper::service::Service;

use super::hangup::Hangup;
use super::head::Refusal;

/// What goes wrong while an answer's body is made.
pub(super) type BodyError = Box<dyn std::error::Error + Send + Sync>;

/// What both sides know of the request that was handed over last.
#[derive(Debug, Default)]
pub(super) struct Desk(Mutex<Notes>);

#[derive(Debug, Default)]
struct Notes {
    is_under_way: bool,
    has_more_body: bool,
    refusal: Option<Refusal>,
    waiting: Option<Waker>,
}

impl Desk {
    fn notes(&self) -> MutexGuard<'_, Notes> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A request goes to the service, with a body that is to come or not.
    pub(super) fn hand_over(&self, has_more_body: bool) {
        let mut notes = self.notes();
        notes.is_under_way = true;
        notes.has_more_body = has_more_body;
    }

    /// What goes to the service stands for a request that is refused.
    pub(super) fn refuse(&self, refusal: Refusal) {
        self.hand_over(false);
        self.notes().refusal = Some(refusal);
    }

    /// The whole body of the request was handed over.
    pub(super) fn body_is_over(&self) {
        self.notes().has_more_body = false;
    }

    /// Whether a request is being answered. If so, `context` is woken when it was.
    pub(super) fn is_under_way(&self, context: &Context<'_>) -> bool {
        let mut notes = self.notes();
        notes.waiting = notes.is_under_way.then(|| context.waker().clone());
        notes.is_under_way
    }
}

/// A request that is being answered. Dropped when its answer was made.
struct UnderWay(Arc<Desk>);

impl Drop for UnderWay {
    fn drop(&mut self) {
        let mut notes = self.0.notes();
        notes.is_under_way = false;
        if let Some(waiting) = notes.waiting.take() {
            waiting.wake();
        }
    }
}

/// A service behind a desk: it gets no request that was refused.
#[derive(Debug)]
pub(super) struct Attended<S> {
    service: S,
    desk: Arc<Desk>,
    hangup: Hangup,
}

impl<S> Attended<S> {
    pub(super) fn new(service: S, desk: Arc<Desk>, hangup: Hangup) -> Self {
        Self { service, desk, hangup }
    }
}

type Answering<B> = Pin<Box<dyn Future<Output = Result<Response<Answer<B>>, Infallible>> + Send>>;

impl<S, B> Service<Request<Incoming>> for Attended<S>
where
    S: Service<Request<Incoming>, Response = Response<B>, Error = Infallible>,
    S::Future: Send + 'static,
    B: Body<Data = Bytes, Error: Into<BodyError>> + Send + 'static,
{
    type Response = Response<Answer<B>>;
    type Error = Infallible;
    type Future = Answering<B>;

    fn call(&self, mut request: Request<Incoming>) -> Self::Future {
        let under_way = UnderWay(self.desk.clone());
        if let Some(refusal) = self.desk.notes().refusal.take() {
            return Box::pin(async move { Ok(refused(refusal, under_way)) });
        }
        request.extensions_mut().insert(self.hangup.clone());
        let answering = self.service.call(request);
        Box::pin(async move {
            let mut response = answering.await?;
            // The next request would stand behind a body that nobody reads.
            if under_way.0.notes().has_more_body {
                close(&mut response);
            }
            Ok(response.map(|body| Answer::new(Either::Left(body), under_way)))
        })
    }
}

fn refused<B>(refusal: Refusal, under_way: UnderWay) -> Response<Answer<B>> {
    log::debug!("a request is refused: {}", refusal.sentence());
    let body = Full::from(format!("{}\n", refusal.sentence()));
    let mut response = Response::new(Answer::new(Either::Right(body), under_way));
    *response.status_mut() = refusal.status();
    let text = HeaderValue::from_static("text/plain; charset=utf-8");
    response.headers_mut().insert(header::CONTENT_TYPE, text);
    close(&mut response);
    response
}

fn close<B>(response: &mut Response<B>) {
    response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
}

/// The body of an answer. The request is under way until it is dropped.
pub(super) struct Answer<B> {
    body: Pin<Box<Either<B, Full<Bytes>>>>,
    _under_way: UnderWay,
}

impl<B> Answer<B> {
    fn new(body: Either<B, Full<Bytes>>, under_way: UnderWay) -> Self {
        Self { body: Box::pin(body), _under_way: under_way }
    }
}

impl<B: Body<Data = Bytes, Error: Into<BodyError>>> Body for Answer<B> {
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
