//! One HTTP/1.1 connection, driven by whoever asks over it: it has no task of its own, and to drop it
//! is to close it.

use std::future::poll_fn;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::flow::Outgoing;

/// Bytes that one direction of a connection keeps at most, beside the pieces on their way: hyper's
/// buffer for what was read, and its queue of what is to be written.
const BUFFER: usize = 64 * 1024;

/// What a connection runs over: TCP, TLS, a tunnel through a proxy.
pub(super) trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<S: AsyncRead + AsyncWrite + Send + Unpin> Stream for S {}

/// Any stream. A type of its own: an alias would show the compiler `dyn Stream` with a lifetime in every
/// future that holds one, and none of them would be `Send`.
pub(super) struct BoxedStream(Box<dyn Stream>);

impl BoxedStream {
    pub(super) fn new(stream: impl Stream + 'static) -> Self {
        Self(Box::new(stream))
    }
}

impl AsyncRead for BoxedStream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_read(context, buffer)
    }
}

impl AsyncWrite for BoxedStream {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_shutdown(context)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write_vectored(context, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.0.is_write_vectored()
    }
}

/// A connection. Between requests nobody looks at it.
pub(super) struct Connection {
    pub(super) sender: http1::SendRequest<Outgoing>,
    /// None once it has ended.
    end: Option<http1::Connection<TokioIo<BoxedStream>, Outgoing>>,
    /// What it ended with.
    broken: Option<hyper::Error>,
}

impl Connection {
    /// The client's side of a stream that was just opened.
    pub(super) async fn over(stream: BoxedStream) -> hyper::Result<Self> {
        let mut builder = http1::Builder::new();
        let handshake = builder.max_buf_size(BUFFER).handshake(TokioIo::new(stream));
        let (sender, end) = handshake.await?;
        Ok(Self { sender, end: Some(end), broken: None })
    }

    /// Moves bytes, as far as they can be.
    pub(super) fn drive(&mut self, context: &mut Context<'_>) {
        let Some(end) = &mut self.end else { return };
        if let Poll::Ready(ended) = Pin::new(end).poll(context) {
            (self.end, self.broken) = (None, ended.err());
        }
    }

    /// Whether another request may be sent now: the last one was, to its end, its answer was read to
    /// its end, nothing came behind it, and the storage has not closed the connection.
    pub(super) fn is_free(&mut self, context: &mut Context<'_>) -> bool {
        self.drive(context);
        let is_ready = matches!(self.sender.poll_ready(context), Poll::Ready(Ok(())));
        is_ready && self.end.is_some()
    }

    /// Waits until a request may be sent. False when the connection is of no use any more.
    pub(super) async fn ready(&mut self) -> bool {
        poll_fn(|context| {
            self.drive(context);
            let ready = self.sender.poll_ready(context).map(|ready| ready.is_ok());
            if self.end.is_none() { Poll::Ready(false) } else { ready }
        })
        .await
    }

    /// What broke the connection says more than that it is broken.
    pub(super) fn cause(&mut self, symptom: hyper::Error) -> hyper::Error {
        self.broken.take().unwrap_or(symptom)
    }
}
