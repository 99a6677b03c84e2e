//! One connection, driven by whoever asks over it.
//!
//! A task of its own would have to be woken for each request, and would wake the one who asks: on
//! a runtime of several threads two of them were unparked for every signature.

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

/// How often both sides are looked at before other tasks have their turn. One exchange takes two
/// or three; the runtime's budget, once used up, would have them ring for ever.
const ROUNDS: usize = 16;

/// A request, to be written.
pub(super) type Request = hyper::Request<Full<Bytes>>;
/// An answer, read to its end.
pub(super) type Response = hyper::Response<Bytes>;

/// Why there is no answer.
pub(super) struct Failure {
    pub(super) cause: hyper::Error,
    /// The request, if nothing of it was written.
    pub(super) unsent: Option<Request>,
}

/// An HTTP/1.1 connection. Between requests nobody looks at it: that it was closed is noticed
/// when it is used again.
pub(super) struct Connection {
    sender: http1::SendRequest<Full<Bytes>>,
    driver: Driver,
}

impl Connection {
    /// The client's side of a stream that was just opened.
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

    /// Sends `request`, and reads the answer to its end.
    pub(super) async fn exchange(&mut self, request: Request) -> Result<Response, Failure> {
        let exchanged = self.send_and_read(request).await;
        // Between requests nobody is to be woken, nor kept for that.
        self.driver.wake_flag.listener.take();
        // What broke the connection says more than that it is broken.
        exchanged.map_err(|Failure { cause, unsent }| {
            let cause = self.driver.broken.take().unwrap_or(cause);
            Failure { cause, unsent }
        })
    }

    /// Whether another request may be sent: the last one was, to its end, and its answer read.
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

/// What moves bytes between the stream and those who ask.
struct Driver {
    /// `None` once it has ended.
    end: Option<Pin<Box<dyn Future<Output = hyper::Result<()>> + Send>>>,
    /// What it ended with.
    broken: Option<hyper::Error>,
    wake_flag: Arc<WakeFlag>,
    /// Rings the bell.
    waker: Waker,
}

impl Driver {
    /// Moves bytes until `answer` is there.
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

/// Rings when there is something to do. The connection and the answer ring it for each other all
/// the time, while both are looked at anyway: that wakes nobody.
#[derive(Default)]
struct WakeFlag {
    rung: AtomicBool,
    /// Somebody looks, or nobody waits for an answer.
    attended: AtomicBool,
    listener: AtomicWaker,
}

impl WakeFlag {
    /// Whatever rang before is being seen to.
    fn attend(&self) {
        self.attended.store(true, Ordering::SeqCst);
        self.rung.store(false, Ordering::SeqCst);
    }

    /// Whether nothing rang since it was last attended to; from then on it wakes the listener.
    /// Otherwise that is to be seen to, too.
    fn is_silent(&self) -> bool {
        // In this order, and the other one in `wake`: one of both sides sees what the other did.
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
    fn a_bell_wakes_only_who_does_not_look_anyway() {
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
