//! A socket that looks at each head before hyper gets it, and watches the time.
//!
//! hyper gets whole heads only, one at a time, and the next one when the one before was answered. So the
//! time for a head, and the time between requests, are measured here.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::{Buf as _, Bytes, BytesMut};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep, sleep};
use tokio_util::io::poll_read_buf;

use super::body::{Body, Broken};
use super::head::{self, Refusal};
use super::patience::Patience;
use super::request_state::RequestState;

/// How much is read at a time while a head is gathered.
const GATHERED: usize = 4096;
/// How much of a refused request is read, so that its sender gets to see the answer: 1 MiB.
const DRAINED: usize = 1 << 20;
/// What hyper gets in the place of a head that is refused. The service never sees it.
const REFUSED: &[u8] = b"GET / HTTP/1.1\r\nhost: refused\r\nconnection: close\r\n\r\n";
/// And in the place of one that may not be answered with a body.
const REFUSED_HEAD: &[u8] = b"HEAD / HTTP/1.1\r\nhost: refused\r\nconnection: close\r\n\r\n";

/// A socket with what is known of the request that is read from it.
pub(super) struct Watched<IO> {
    io: IO,
    request: Arc<RequestState>,
    patience: Patience,
    /// What came of the next head, and what came behind it.
    came: BytesMut,
    /// How much of that was looked at.
    seen: usize,
    stage: Stage,
    wait: Option<Wait>,
    clock: Pin<Box<Sleep>>,
    drained: usize,
}

/// What is being read.
enum Stage {
    /// The head of the first request.
    First,
    /// The head of the next one.
    Next,
    /// A head that came, on its way to hyper, with the body behind it.
    Head(Bytes, Body),
    /// The body of that request.
    Body(Body),
    /// Nothing more: where the body ends cannot be told.
    Broken,
    /// What stands for a head that was refused, on its way to hyper.
    Refused(&'static [u8]),
    /// Nothing more: hyper closes, and the rest is drained.
    Closing,
}

/// What there is time for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wait {
    /// The first byte of the first request.
    First,
    /// A head that has begun.
    Head,
    /// The first byte of the next request.
    Idle,
    /// What is left of a request that nobody reads.
    Rest,
}

/// What came of a head.
enum Came {
    /// All of it: where it ends, and the body behind it.
    Head(usize, Body),
    /// One to be refused.
    Refused(Refusal),
    /// The end of the connection, or of the patience with one that is idle.
    End,
}

impl<IO: AsyncRead + AsyncWrite + Unpin> Watched<IO> {
    pub(super) fn new(io: IO, request: Arc<RequestState>, patience: Patience) -> Self {
        Self {
            io,
            request,
            patience,
            came: BytesMut::new(),
            seen: 0,
            stage: Stage::First,
            wait: None,
            clock: Box::pin(sleep(patience.head)),
            drained: 0,
        }
    }

    /// Waits for the next head, and sets the stage.
    fn poll_head(&mut self, context: &mut Context<'_>) -> Poll<io::Result<bool>> {
        let came = ready!(self.poll_gather(context))?;
        self.wait = None;
        match came {
            Came::Head(end, body) => {
                let head = self.came.split_to(end).freeze();
                self.request.hand_over(body != Body::Over);
                self.stage = Stage::Head(head, body);
            }
            Came::Refused(refusal) => {
                let is_head = self.came.starts_with(b"HEAD ");
                self.request.refuse(refusal);
                self.stage = Stage::Refused(if is_head { REFUSED_HEAD } else { REFUSED });
            }
            Came::End => return Poll::Ready(Ok(false)),
        }
        self.seen = 0;
        Poll::Ready(Ok(true))
    }

    /// Gathers a head. While a request is under way, what comes is kept, and no time runs.
    fn poll_gather(&mut self, context: &mut Context<'_>) -> Poll<io::Result<Came>> {
        loop {
            let looked = self.look();
            let is_under_way = self.request.is_under_way(context);
            match looked {
                Some(_) if is_under_way => return Poll::Pending,
                Some(came) => return Poll::Ready(Ok(came)),
                None => {}
            }
            self.came.reserve(GATHERED);
            match poll_read_buf(Pin::new(&mut self.io), context, &mut self.came)? {
                Poll::Ready(0) => return Poll::Ready(Ok(Came::End)),
                Poll::Ready(_) => {}
                Poll::Pending if is_under_way => return Poll::Pending,
                Poll::Pending => return self.poll_patience(context).map(Ok),
            }
        }
    }

    /// Looks at what came. Nothing is to be said of a head that has not ended.
    fn look(&mut self) -> Option<Came> {
        // Empty lines before a request are not its own (RFC 9112, section 2.2).
        while self.came.starts_with(b"\r\n") {
            self.came.advance(2);
        }
        if *self.came == b"\r"[..] {
            return None;
        }
        match head::end(&self.came, self.seen) {
            Ok(None) => {
                self.seen = self.came.len().saturating_sub(1);
                None
            }
            Ok(Some(end)) => Some(match head::framing(&self.came[..end]) {
                Ok(framing) => Came::Head(end, Body::of(framing)),
                Err(refusal) => Came::Refused(refusal),
            }),
            Err(refusal) => Some(Came::Refused(refusal)),
        }
    }

    /// Waits until there was time enough for what did not come.
    fn poll_patience(&mut self, context: &mut Context<'_>) -> Poll<Came> {
        let has_begun = !self.came.is_empty();
        let wait = match self.stage {
            _ if has_begun => Wait::Head,
            Stage::First => Wait::First,
            _ => Wait::Idle,
        };
        ready!(self.poll_wait(wait, context));
        Poll::Ready(if has_begun { Came::Refused(Refusal::Late) } else { Came::End })
    }

    fn poll_wait(&mut self, wait: Wait, context: &mut Context<'_>) -> Poll<()> {
        if self.wait != Some(wait) {
            self.wait = Some(wait);
            self.restart_wait();
        }
        self.clock.as_mut().poll(context)
    }

    fn restart_wait(&mut self) {
        let length = match self.wait {
            None => return,
            Some(Wait::First | Wait::Head) => self.patience.head,
            Some(Wait::Idle) => self.patience.idle,
            Some(Wait::Rest) => self.patience.rest,
        };
        self.clock.as_mut().reset(later(length));
    }

    /// Gives as much of the body as there is.
    fn poll_body(
        &mut self,
        mut body: Body,
        context: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        if self.came.is_empty() {
            ready!(Pin::new(&mut self.io).poll_read(context, buf))?;
        } else {
            let here = self.came.len().min(buf.remaining());
            buf.put_slice(&self.came.split_to(here));
        }
        let fresh = &buf.filled()[before..];
        let Ok(taken) = body.follow(fresh) else {
            buf.set_filled(before);
            self.stage = Stage::Broken;
            // The head is heard of all the same.
            return Poll::Ready(if before > 0 { Ok(()) } else { Err(broken()) });
        };
        if taken < fresh.len() {
            // What is behind the body belongs to the next request, and comes before what came already.
            let mut next = BytesMut::from(&fresh[taken..]);
            next.unsplit(std::mem::take(&mut self.came));
            self.came = next;
            buf.set_filled(before + taken);
        }
        self.begin(body);
        Poll::Ready(Ok(()))
    }

    /// Goes on to the body, or to the next head.
    fn begin(&mut self, body: Body) {
        if body == Body::Over {
            self.request.body_is_over();
            self.stage = Stage::Next;
        } else {
            self.stage = Stage::Body(body);
        }
    }

    /// Whether the client may be sending something that nobody reads.
    fn has_rest(&self) -> bool {
        !matches!(self.stage, Stage::First | Stage::Next) || !self.came.is_empty()
    }

    /// Reads what is left of a request, as far as that goes.
    fn poll_drain(&mut self, context: &mut Context<'_>) -> Poll<()> {
        while self.drained < DRAINED {
            self.came.clear();
            self.came.reserve(GATHERED);
            match poll_read_buf(Pin::new(&mut self.io), context, &mut self.came) {
                Poll::Ready(Ok(read @ 1..)) => self.drained += read,
                Poll::Ready(_) => break,
                Poll::Pending => return self.poll_wait(Wait::Rest, context),
            }
        }
        Poll::Ready(())
    }
}

impl<IO: AsyncRead + AsyncWrite + Unpin> AsyncRead for Watched<IO> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = &mut *self;
        loop {
            match &mut this.stage {
                Stage::First | Stage::Next => {
                    if !ready!(this.poll_head(context))? {
                        return Poll::Ready(Ok(()));
                    }
                }
                Stage::Head(head, body) => {
                    let here = head.len().min(buf.remaining());
                    buf.put_slice(&head.split_to(here));
                    let (body, is_whole) = (*body, head.is_empty());
                    if is_whole {
                        this.begin(body);
                    }
                    // A small body that came along is the whole request: nothing is left to be read.
                    let has_body = is_whole && body != Body::Over && !this.came.is_empty();
                    if !has_body || buf.remaining() == 0 {
                        return Poll::Ready(Ok(()));
                    }
                }
                Stage::Body(body) => {
                    let body = *body;
                    return this.poll_body(body, context, buf);
                }
                Stage::Refused(head) => {
                    let (here, rest) = head.split_at(head.len().min(buf.remaining()));
                    buf.put_slice(here);
                    this.stage = match rest {
                        [] => Stage::Closing,
                        rest => Stage::Refused(rest),
                    };
                    return Poll::Ready(Ok(()));
                }
                Stage::Broken => return Poll::Ready(Err(broken())),
                Stage::Closing => return Poll::Pending,
            }
        }
    }
}

impl<IO: AsyncRead + AsyncWrite + Unpin> AsyncWrite for Watched<IO> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        // A client that still takes an answer is not idle.
        self.restart_wait();
        Pin::new(&mut self.io).poll_write(context, buf)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.restart_wait();
        Pin::new(&mut self.io).poll_write_vectored(context, bufs)
    }

    fn is_write_vectored(&self) -> bool {
        self.io.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_flush(context)
    }

    /// Says that nothing more is sent, and reads for a while what the client still sends: were it left
    /// unread, the system would reset the connection, and the client might not see its answer.
    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let has_rest = self.has_rest();
        ready!(Pin::new(&mut self.io).poll_shutdown(context))?;
        if has_rest {
            self.stage = Stage::Closing;
            ready!(self.poll_drain(context));
        }
        Poll::Ready(Ok(()))
    }
}

fn broken() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, Broken)
}

/// So much later, or as late as can be said.
fn later(length: Duration) -> Instant {
    let now = Instant::now();
    now.checked_add(length).unwrap_or_else(|| now + Duration::from_hours(24 * 365))
}
