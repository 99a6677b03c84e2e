//! A socket that ends when its client is late: with a head, with the next request, or with taking an answer.
//!
//! actix watches the head of a connection's first request only, and no answer that nobody takes.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep, sleep_until};

use super::head_scan::HeadScan;

/// What actix writes before it reads a body that the client announced with `Expect: 100-continue`. It is no answer.
const CONTINUE: &[u8] = b"HTTP/1.1 100 Continue\r\n\r\n";

/// How long each thing may take.
#[derive(Debug, Clone, Copy)]
pub(super) struct Times {
    /// The rest of a head, after its first byte.
    pub(super) head: Duration,
    /// The first byte of a request, and each part of an answer that the client takes.
    pub(super) idle: Duration,
    /// The body of a request and the first part of its answer, which have narrower limits of their own.
    pub(super) answer: Duration,
}

/// A socket that answers with [`io::ErrorKind::TimedOut`] when the time is over.
///
/// A body is not told from a head. So what is still sent of a request that was answered early counts as a head. A
/// request that was sent before the answer to the one before it has the time of an idle connection, and its body
/// that of a head.
#[derive(Debug)]
pub(super) struct TimedSocket<IO> {
    io: IO,
    times: Times,
    stage: Stage,
    head: HeadScan,
    /// When the stage must be over.
    due: Instant,
    /// When the client must have taken the next part of an answer, while the socket takes no more.
    taken_by: Option<Instant>,
    /// Rings when something is due, or earlier: then it is set again. To set it for each request would cost more.
    clock: Pin<Box<Sleep>>,
}

/// What is awaited.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// The first byte of a request.
    Idle,
    /// The rest of its head.
    Head,
    /// Its body, and its answer.
    Answer,
}

impl<IO> TimedSocket<IO> {
    pub(super) fn new(io: IO, times: Times) -> Self {
        let due = Instant::now() + times.idle;
        Self {
            io,
            times,
            stage: Stage::Idle,
            head: HeadScan::default(),
            due,
            taken_by: None,
            clock: Box::pin(sleep_until(due)),
        }
    }

    /// Goes on to the next stage after `bytes` were read.
    fn note_read(&mut self, bytes: &[u8]) {
        if self.stage == Stage::Answer {
            return;
        }
        if self.head.ends_in(bytes) {
            self.begin(Stage::Answer, self.times.answer);
        } else if self.stage == Stage::Idle && self.head.has_begun() {
            self.begin(Stage::Head, self.times.head);
        }
    }

    /// Goes on to the next stage after `bytes` were written.
    fn note_written(&mut self, bytes: &[u8]) {
        self.taken_by = None;
        if !bytes.ends_with(CONTINUE) {
            self.head = HeadScan::default();
            self.begin(Stage::Idle, self.times.idle);
        }
    }

    fn begin(&mut self, stage: Stage, time: Duration) {
        self.stage = stage;
        self.due = Instant::now() + time;
    }

    /// Waits until something is due. Polled whenever the socket has nothing to say, and after each write, so that
    /// the task is woken whatever it waits for.
    fn poll_late(&mut self, context: &mut Context<'_>) -> Poll<io::Error> {
        let due = self.taken_by.map_or(self.due, |taken_by| taken_by.min(self.due));
        loop {
            if due < self.clock.deadline() || self.clock.is_elapsed() {
                self.clock.as_mut().reset(due);
            }
            ready!(self.clock.as_mut().poll(context));
            if self.clock.deadline() >= due {
                return Poll::Ready(io::ErrorKind::TimedOut.into());
            }
        }
    }

    /// Waits no longer than it may take for what the socket cannot do yet.
    fn poll_taken<T>(
        &mut self,
        done: Poll<io::Result<T>>,
        context: &mut Context<'_>,
    ) -> Poll<io::Result<T>> {
        match done {
            Poll::Ready(done) => {
                self.taken_by = None;
                Poll::Ready(done)
            }
            Poll::Pending => {
                let idle = self.times.idle;
                self.taken_by.get_or_insert_with(|| Instant::now() + idle);
                self.poll_late(context).map(Err)
            }
        }
    }
}

impl<IO: AsyncRead + Unpin> AsyncRead for TimedSocket<IO> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = &mut *self;
        let before = buf.filled().len();
        match Pin::new(&mut this.io).poll_read(context, buf) {
            Poll::Ready(done) => {
                this.note_read(&buf.filled()[before..]);
                // A client that sends without a pause is late like any other.
                if this.clock.is_elapsed()
                    && let Poll::Ready(late) = this.poll_late(context)
                {
                    return Poll::Ready(Err(late));
                }
                Poll::Ready(done)
            }
            Poll::Pending => this.poll_late(context).map(Err),
        }
    }
}

impl<IO: AsyncWrite + Unpin> AsyncWrite for TimedSocket<IO> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        let this = &mut *self;
        let done = Pin::new(&mut this.io).poll_write(context, buf);
        let written = ready!(this.poll_taken(done, context))?;
        this.note_written(&buf[..written]);
        // actix reads before it writes: here the clock learns what is due from now on.
        match this.poll_late(context) {
            Poll::Ready(late) => Poll::Ready(Err(late)),
            Poll::Pending => Poll::Ready(Ok(written)),
        }
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = &mut *self;
        let done = Pin::new(&mut this.io).poll_flush(context);
        this.poll_taken(done, context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = &mut *self;
        let done = Pin::new(&mut this.io).poll_shutdown(context);
        this.poll_taken(done, context)
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, join, repeat, sink};
    use tokio::time::advance;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn who_sends_without_a_pause_is_late_as_well() {
        let seconds = Duration::from_secs;
        let times = Times { head: seconds(5), idle: seconds(75), answer: seconds(300) };
        let mut socket = TimedSocket::new(join(repeat(b'a'), sink()), times);
        socket.write_all(b"HTTP/1.1 204 No Content\r\n\r\n").await.unwrap();
        assert_eq!(socket.read(&mut [0; 64]).await.unwrap(), 64);
        advance(seconds(76)).await;
        let late = socket.read(&mut [0; 64]).await.unwrap_err();
        assert_eq!(late.kind(), io::ErrorKind::TimedOut);
    }
}
