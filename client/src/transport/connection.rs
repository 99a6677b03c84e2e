//! One HTTP connection, driven by the task that sends the request.
//!
//! There is no task per connection: on a multi-threaded runtime, such a task and the requesting
//! task wake each other, which costs two thread wake-ups for every signature.

use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Wake, Waker};

use bytes::Bytes;
use futures_util::task::AtomicWaker;
use http_body_util::{BodyExt as _, Full};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};

/// Maximum number of polls of both sides before other tasks have their turn. One exchange needs two
/// or three. Without a maximum, the two sides would wake each other forever once the runtime's
/// budget for the task is used up.
const ROUNDS: usize = 16;

/// A request with its body.
pub(super) type Request = hyper::Request<Full<Bytes>>;
/// A response, read to its end.
pub(super) type Response = hyper::Response<Bytes>;

/// Why there is no response.
pub(super) struct Failure {
    pub(super) cause: hyper::Error,
    /// The request, if no byte of it was written.
    pub(super) unsent: Option<Request>,
}

/// An HTTP/1.1 connection. It is not polled between requests: that the server closed it is noticed
/// at the next request.
pub(super) struct Connection {
    sender: http1::SendRequest<Full<Bytes>>,
    driver: Driver,
}

impl Connection {
    /// Starts an HTTP connection over an open stream.
    pub(super) async fn over(
        stream: impl AsyncRead + AsyncWrite + Send + Unpin + 'static,
    ) -> hyper::Result<Self> {
        let (sender, driver) = http1::handshake(TokioIo::new(stream)).await?;
        let wake_flag = Arc::new(WakeFlag::default());
        let driver = Driver {
            waker: Arc::clone(&wake_flag).into(),
            wake_flag,
            end: Some(Box::pin(driver)),
            broken: None,
        };
        Ok(Self { sender, driver })
    }

    /// Sends `request`, and reads the response to its end.
    pub(super) async fn exchange(&mut self, request: Request) -> Result<Response, Failure> {
        let exchanged = self.send_and_read(request).await;
        // Between requests, nobody waits for this connection: drop the waker.
        self.driver.wake_flag.listener.take();
        // The error of the connection says more than the error of the request.
        exchanged.map_err(|Failure { cause, unsent }| {
            let cause = self.driver.broken.take().unwrap_or(cause);
            Failure { cause, unsent }
        })
    }

    /// Whether the connection can take another request: the last response was read to its end.
    pub(super) fn is_ready(&self) -> bool {
        self.sender.is_ready()
    }

    async fn send_and_read(&mut self, request: Request) -> Result<Response, Failure> {
        let Self { sender, driver } = self;
        if let Err(cause) = driver.drive(sender.ready()).await {
            return Err(Failure { cause, unsent: Some(request) });
        }
        let sent = driver.drive(sender.try_send_request(request)).await;
        let response = sent.map_err(|mut error| {
            let unsent = error.take_message();
            Failure { cause: error.into_error(), unsent }
        })?;
        let (head, body) = response.into_parts();
        let read = driver.drive(body.collect()).await;
        let body = read.map_err(|cause| Failure { cause, unsent: None })?;
        Ok(Response::from_parts(head, body.to_bytes()))
    }
}

/// Moves bytes between the stream and the request in progress.
struct Driver {
    /// The connection's future; `None` once it has ended.
    end: Option<Pin<Box<dyn Future<Output = hyper::Result<()>> + Send>>>,
    /// The error with which the connection ended.
    broken: Option<hyper::Error>,
    wake_flag: Arc<WakeFlag>,
    /// Sets the wake flag.
    waker: Waker,
}

impl Driver {
    /// Moves bytes until `answer` is ready.
    async fn drive<T>(&mut self, answer: impl Future<Output = T>) -> T {
        let mut answer = pin!(answer);
        std::future::poll_fn(|context| self.poll(answer.as_mut(), context)).await
    }

    fn poll<T>(
        &mut self,
        mut answer: Pin<&mut impl Future<Output = T>>,
        context: &Context<'_>,
    ) -> Poll<T> {
        self.wake_flag.listener.register(context.waker());
        self.wake_flag.attend();
        let mut inner = Context::from_waker(&self.waker);
        for _ in 0..ROUNDS {
            if let Some(end) = &mut self.end
                && let Poll::Ready(ended) = end.as_mut().poll(&mut inner)
            {
                (self.end, self.broken) = (None, ended.err());
            }
            if let Poll::Ready(answer) = answer.as_mut().poll(&mut inner) {
                return Poll::Ready(answer);
            }
            if self.wake_flag.is_silent() {
                return Poll::Pending;
            }
        }
        context.waker().wake_by_ref();
        Poll::Pending
    }
}

/// A waker with a flag. The connection and the response wake each other all the time while both are
/// being polled: then only the flag is set, and no task is woken.
#[derive(Default)]
struct WakeFlag {
    rung: AtomicBool,
    /// Whether a poll is in progress, or nobody waits for a response: then waking only sets the
    /// flag.
    attended: AtomicBool,
    listener: AtomicWaker,
}

impl WakeFlag {
    /// Starts a round of polls: clears the flag, and suppresses wake-ups.
    fn attend(&self) {
        self.attended.store(true, Ordering::SeqCst);
        self.rung.store(false, Ordering::SeqCst);
    }

    /// Ends a round of polls. Returns true if nothing set the flag during the round; from then on,
    /// wake-ups reach the listener. Otherwise starts another round, and returns false.
    fn is_silent(&self) -> bool {
        // `wake` has the opposite order: at least one of the two sides sees what the other did.
        self.attended.store(false, Ordering::SeqCst);
        if !self.rung.load(Ordering::SeqCst) {
            return true;
        }
        self.attend();
        false
    }
}

impl Wake for WakeFlag {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.rung.store(true, Ordering::SeqCst);
        if !self.attended.load(Ordering::SeqCst) {
            self.listener.wake();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicUsize;

    use super::*;

    #[derive(Default)]
    struct Woken(AtomicUsize);

    impl Wake for Woken {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::SeqCst);
        }
    }

    #[test]
    fn a_wake_flag_wakes_no_listener_that_is_polling() {
        let (wake_flag, woken) = (Arc::new(WakeFlag::default()), Arc::new(Woken::default()));
        let (ring, count) = (Waker::from(wake_flag.clone()), || woken.0.load(Ordering::SeqCst));
        wake_flag.listener.register(&Waker::from(woken.clone()));

        wake_flag.attend();
        ring.wake_by_ref();
        assert!(!wake_flag.is_silent(), "it rang while somebody looked");
        assert_eq!(count(), 0);

        assert!(wake_flag.is_silent());
        ring.wake_by_ref();
        assert_eq!(count(), 1, "nobody looked");
    }
}
