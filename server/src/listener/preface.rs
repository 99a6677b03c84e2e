//! The first bytes of a connection, by which a client says that it speaks HTTP/2 (RFC 9113, section 3.4).

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::{BufMut as _, Bytes, BytesMut};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, ReadBuf};

const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// A socket whose first bytes were read already.
pub(super) struct Replayed<IO> {
    ahead: Bytes,
    io: IO,
}

/// Reads until it is known whether the client speaks HTTP/2. What was read is read again.
pub(super) async fn read<IO: AsyncRead + Unpin>(mut io: IO) -> io::Result<(Replayed<IO>, bool)> {
    let mut came = BytesMut::with_capacity(PREFACE.len());
    while PREFACE.starts_with(&came) && came.len() < PREFACE.len() {
        let left = PREFACE.len() - came.len();
        if io.read_buf(&mut (&mut came).limit(left)).await? == 0 {
            break;
        }
    }
    let is_http2 = came == PREFACE;
    Ok((Replayed { ahead: came.freeze(), io }, is_http2))
}

impl<IO: AsyncRead + Unpin> AsyncRead for Replayed<IO> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.ahead.is_empty() {
            return Pin::new(&mut self.io).poll_read(context, buf);
        }
        let here = self.ahead.len().min(buf.remaining());
        buf.put_slice(&self.ahead.split_to(here));
        Poll::Ready(Ok(()))
    }
}

impl<IO: AsyncWrite + Unpin> AsyncWrite for Replayed<IO> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.io).poll_write(context, buf)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.io).poll_write_vectored(context, bufs)
    }

    fn is_write_vectored(&self) -> bool {
        self.io.is_write_vectored()
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
    use tokio::io::AsyncWriteExt as _;

    use super::*;

    #[tokio::test]
    async fn the_preface_is_told_from_http1_however_it_is_cut_and_nothing_is_lost() {
        let http1 = b"PRI * HTTP/1.1\r\nHost: h\r\n\r\n";
        let whole = [PREFACE, b"settings"].concat();
        for (sent, is_http2) in [
            (&whole[..], true),
            (&PREFACE[..23], false),
            (http1, false),
            (b"GET /", false),
            (b"", false),
        ] {
            for size in 1..=sent.len().max(1) {
                let (mut client, server) = tokio::io::duplex(64);
                for piece in sent.chunks(size) {
                    client.write_all(piece).await.unwrap();
                }
                drop(client);
                let (mut replayed, told) = read(server).await.unwrap();
                let mut all = Vec::new();
                replayed.read_to_end(&mut all).await.unwrap();
                assert_eq!((told, &all[..]), (is_http2, sent), "by {size}");
            }
        }
    }
}
