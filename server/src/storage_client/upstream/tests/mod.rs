//! The way to a storage, held against storages on sockets that do what they should not. The clock is
//! tokio's, which stands still until everybody waits for it.

mod answers;
mod buffers;
mod fake;
mod patience;
mod proxies;
mod retries;
mod shares;

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use http_body::{Body, Frame};
use http_body_util::{BodyExt as _, Full};

use super::*;
use fake::Fake;

fn upstream() -> Upstream {
    within(UpstreamLimits::default())
}

fn within(limits: UpstreamLimits) -> Upstream {
    Upstream::new(&Outbound::direct(), limits).unwrap()
}

/// Of the server itself.
fn request(fake: &Fake, method: Method, body: &'static str) -> UpstreamRequest<Full<Bytes>> {
    UpstreamRequest {
        endpoint: fake.endpoint(),
        holder: Holder::Server,
        method,
        url: format!("{}/photos/a", fake.endpoint().url()),
        headers: HeaderMap::new(),
        length: body.len() as u64,
        body: Full::from(body),
    }
}

fn get(fake: &Fake) -> UpstreamRequest<Full<Bytes>> {
    request(fake, Method::GET, "")
}

fn put<B>(fake: &Fake, length: u64, body: B) -> UpstreamRequest<B> {
    let UpstreamRequest { endpoint, holder, method, url, headers, .. } =
        request(fake, Method::PUT, "");
    UpstreamRequest { endpoint, holder, method, url, headers, length, body }
}

async fn text(response: UpstreamResponse) -> String {
    let body = response.body.collect().await.unwrap().to_bytes();
    String::from_utf8(body.to_vec()).unwrap()
}

/// A body that counts what was taken of it, and says when it is dropped. `pieces` come at once, then
/// none does for ever.
struct Source {
    pieces: u64,
    piece: Bytes,
    taken: Arc<AtomicU64>,
    /// Who holds the other half learns that this is dropped.
    _alive: tokio::sync::oneshot::Sender<()>,
}

impl Source {
    fn new(pieces: u64, size: usize) -> (Self, Arc<AtomicU64>, tokio::sync::oneshot::Receiver<()>) {
        let (alive, dropped) = tokio::sync::oneshot::channel();
        let (taken, piece) = (Arc::new(AtomicU64::new(0)), Bytes::from(vec![b'x'; size]));
        (Self { pieces, piece, taken: Arc::clone(&taken), _alive: alive }, taken, dropped)
    }
}

impl Body for Source {
    type Data = Bytes;
    type Error = std::convert::Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        if self.pieces == 0 {
            return Poll::Pending;
        }
        self.pieces -= 1;
        self.taken.fetch_add(self.piece.len() as u64, Ordering::SeqCst);
        Poll::Ready(Some(Ok(Frame::data(self.piece.clone()))))
    }
}
