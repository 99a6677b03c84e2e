//! A socket that watches the time between requests, and the time that each head takes.
//!
//! actix watches the head of the first request only. A client that sends the head of a later one byte by byte
//! would keep its connection for ever.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep, sleep_until};

use super::head_scan::HeadScan;

/// What actix writes before it reads a body that the client announced with `Expect: 100-continue`. It is no answer.
const CONTINUE: &[u8] = b"HTTP/1.1 100 Continue\r\n\r\n";

/// How long a client may take.
#[derive(Debug, Clone, Copy)]
pub(super) struct Times {
    /// For a head, from its first byte.
    pub(super) head: Duration,
    /// For the first byte of a request, and for taking a part of an answer.
    pub(super) idle: Duration,
}

/// A socket on which requests come in time. It reads as closed when one does not.
#[derive(Debug)]
pub(super) struct TimedSocket<IO> {
    io: IO,
    times: Times,
    stage: Stage,
    /// When the stage must be over. A request has its own limits once its head is there.
    due: Option<Instant>,
    /// Rings at `due` or before. It is set anew when it rings too early: that costs less than to set it for each request.
    clock: Pin<Box<Sleep>>,
}

/// What is awaited.
#[derive(Debug)]
enum Stage {
    /// The first byte of a request.
    Idle,
    /// The rest of its head.
    Head(HeadScan),
    /// Its answer.
    Answer,
}

impl<IO> TimedSocket<IO> {
    pub(super) fn new(io: IO, times: Times) -> Self {
        let due = Instant::now() + times.idle;
        Self { io, times, stage: Stage::Idle, due: Some(due), clock: Box::pin(sleep_until(due)) }
    }

    /// Goes on to the next stage after `bytes` were read.
    fn note_read(&mut self, bytes: &[u8]) {
        if matches!(self.stage, Stage::Idle) {
            self.stage = Stage::Head(HeadScan::default());
            self.due = Some(Instant::now() + self.times.head);
        }
        if let Stage::Head(scan) = &mut self.stage
            && scan.ends_in(bytes)
        {
            self.stage = Stage::Answer;
            self.due = None;
        }
    }

    /// Goes on to the next stage after `bytes` were written.
    fn note_written(&mut self, bytes: &[u8]) {
        if bytes != CONTINUE {
            self.stage = Stage::Idle;
            self.due = Some(Instant::now() + self.times.idle);
        }
    }

    /// Waits until the time is over.
    fn poll_due(&mut self, context: &mut Context<'_>) -> Poll<()> {
        let Some(due) = self.due else { return Poll::Pending };
        loop {
            if due < self.clock.deadline() || self.clock.is_elapsed() {
                self.clock.as_mut().reset(due);
            }
            ready!(self.clock.as_mut().poll(context));
            if self.clock.deadline() >= due {
                return Poll::Ready(());
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
                let came = &buf.filled()[before..];
                if !came.is_empty() {
                    this.note_read(came);
                }
                Poll::Ready(done)
            }
            // Nothing was read: the connection is over.
            Poll::Pending => this.poll_due(context).map(Ok),
        }
    }
}

impl<IO: AsyncWrite + Unpin> AsyncWrite for TimedSocket<IO> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = ready!(Pin::new(&mut self.io).poll_write(context, buf))?;
        self.note_written(&buf[..written]);
        Poll::Ready(Ok(written))
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream, duplex};
    use tokio::time::sleep;

    use super::*;

    const TIMES: Times = Times { head: Duration::from_secs(5), idle: Duration::from_secs(75) };
    const REQUEST: &[u8] = b"GET / HTTP/1.1\r\nhost: x\r\n\r\n";
    const ANSWER: &[u8] = b"HTTP/1.1 204 No Content\r\n\r\n";

    fn pair() -> (DuplexStream, TimedSocket<DuplexStream>) {
        let (client, server) = duplex(4096);
        (client, TimedSocket::new(server, TIMES))
    }

    /// How many seconds it takes until `socket` reads as closed, while `client` sends `byte` each second. `None`
    /// after ten minutes.
    async fn closed_after(
        mut client: DuplexStream,
        mut socket: TimedSocket<DuplexStream>,
        byte: Option<u8>,
    ) -> Option<u64> {
        let begun = Instant::now();
        let trickle = async {
            while begun.elapsed() < Duration::from_mins(10) {
                sleep(Duration::from_secs(1)).await;
                if let Some(byte) = byte {
                    client.write_all(&[byte]).await.unwrap();
                }
            }
        };
        let closed = async {
            while socket.read(&mut [0; 64]).await.unwrap() > 0 {}
            begun.elapsed().as_secs()
        };
        tokio::select! {
            () = trickle => None,
            seconds = closed => Some(seconds),
        }
    }

    async fn exchange(client: &mut DuplexStream, socket: &mut TimedSocket<DuplexStream>) {
        client.write_all(REQUEST).await.unwrap();
        let mut came = [0; 64];
        assert_eq!(socket.read(&mut came).await.unwrap(), REQUEST.len());
        socket.write_all(ANSWER).await.unwrap();
        client.read_exact(&mut came[..ANSWER.len()]).await.unwrap();
    }

    #[tokio::test(start_paused = true)]
    async fn each_head_comes_within_5_s_of_its_first_byte() {
        for blank in *b"a\n\r" {
            let (client, socket) = pair();
            assert_eq!(closed_after(client, socket, Some(blank)).await, Some(6), "{blank}");
            let (mut client, mut socket) = pair();
            exchange(&mut client, &mut socket).await;
            exchange(&mut client, &mut socket).await;
            assert_eq!(closed_after(client, socket, Some(blank)).await, Some(6), "{blank}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_connection_is_idle_for_75_s_before_its_first_request_and_after_each_answer() {
        let (mut client, mut socket) = pair();
        for _ in 0..5 {
            sleep(Duration::from_secs(74)).await;
            exchange(&mut client, &mut socket).await;
        }
        assert_eq!(closed_after(client, socket, None).await, Some(75));
        let (client, socket) = pair();
        assert_eq!(closed_after(client, socket, None).await, Some(75));
    }

    #[tokio::test(start_paused = true)]
    async fn a_head_that_came_along_with_the_request_before_gives_no_more_time() {
        let (mut client, mut socket) = pair();
        client.write_all(&[REQUEST, b"GET / HT"].concat()).await.unwrap();
        assert!(socket.read(&mut [0; 64]).await.unwrap() > REQUEST.len());
        socket.write_all(ANSWER).await.unwrap();
        assert_eq!(closed_after(client, socket, None).await, Some(75));
    }

    #[tokio::test(start_paused = true)]
    async fn bodies_and_answers_have_limits_of_their_own() {
        let (mut client, mut socket) = pair();
        client.write_all(REQUEST).await.unwrap();
        assert_eq!(socket.read(&mut [0; 64]).await.unwrap(), REQUEST.len());
        socket.write_all(CONTINUE).await.unwrap();
        assert_eq!(closed_after(client, socket, Some(b'x')).await, None);
    }
}
