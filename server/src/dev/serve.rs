//! An HTTP/1.1 server on a listener.

use std::{convert::Infallible, io, net::SocketAddr, pin::pin, time::Duration};

use http::{Request, Response};
use http_body_util::BodyExt;
use hyper::{
    body::{Body, Incoming},
    server::conn::http1,
    service::HttpService,
};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::watch,
    task::JoinSet,
};

use crate::api::hosts;

/// How long open requests may take to finish when the server stops.
const GRACE: Duration = Duration::from_secs(5);

/// How long to pause after accepting a connection failed (no file descriptors left).
const BACK_OFF: Duration = Duration::from_millis(50);

/// The bytes of a refused request's body that are read, so that the sender sees the answer: 1 MiB.
const DRAINED: usize = 1 << 20;

/// A running server. Dropping it cuts every connection; [`Running::stop`] lets requests finish.
#[derive(Debug)]
pub(super) struct Running {
    address: SocketAddr,
    stop: watch::Sender<()>,
    accepting: JoinSet<()>,
}

impl Running {
    /// Answers every connection of `listener` with `service`.
    pub(super) fn start<S, B>(listener: TcpListener, service: S) -> io::Result<Self>
    where
        S: HttpService<Incoming, ResBody = B, Error = Infallible> + Clone + Send + 'static,
        S::Future: Send,
        B: Body<Data: Send, Error: Into<Box<dyn std::error::Error + Send + Sync>>> + Send + 'static,
    {
        let address = listener.local_addr()?;
        let (stop, stopped) = watch::channel(());
        let mut accepting = JoinSet::new();
        accepting.spawn(accept(listener, service, stopped));
        Ok(Self { address, stop, accepting })
    }

    /// The address it listens on.
    pub(super) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Stops accepting connections and waits until open requests are answered, five seconds at
    /// most.
    pub(super) async fn stop(mut self) {
        self.stop.send_replace(());
        self.accepting.join_next().await;
    }
}

async fn accept<S, B>(listener: TcpListener, service: S, mut stopped: watch::Receiver<()>)
where
    S: HttpService<Incoming, ResBody = B, Error = Infallible> + Clone + Send + 'static,
    S::Future: Send,
    B: Body<Data: Send, Error: Into<Box<dyn std::error::Error + Send + Sync>>> + Send + 'static,
{
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            _ = stopped.changed() => break,
            Some(_) = connections.join_next() => {}
            accepted = listener.accept() => match accepted {
                Ok((socket, _)) => {
                    connections.spawn(converse(socket, service.clone(), stopped.clone()));
                }
                Err(error) => {
                    log::warn!("cannot accept a connection: {error}");
                    tokio::time::sleep(BACK_OFF).await;
                }
            }
        }
    }
    drop(listener);
    let finished = async { while connections.join_next().await.is_some() {} };
    if tokio::time::timeout(GRACE, finished).await.is_err() {
        log::warn!("stopped with requests still open");
    }
}

async fn converse<S, B>(socket: TcpStream, service: S, mut stopped: watch::Receiver<()>)
where
    S: HttpService<Incoming, ResBody = B, Error = Infallible>,
    B: Body<Error: Into<Box<dyn std::error::Error + Send + Sync>>> + 'static,
{
    if let Err(error) = socket.set_nodelay(true) {
        log::debug!("cannot set TCP_NODELAY: {error}");
    }
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new());
    let mut connection = pin!(http.serve_connection(TokioIo::new(socket), service));
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        _ = stopped.changed() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        log::debug!("a connection ended early: {error}");
    }
}

/// Whether the request's Host names this machine. Refuses web pages that reach it by DNS rebinding.
pub(super) fn is_local(request: &Request<Incoming>) -> bool {
    let named = request.headers().get_all(http::header::HOST).into_iter();
    let target = request.uri().authority().map(|authority| authority.as_str().as_bytes());
    hosts::are_local(named.map(http::HeaderValue::as_bytes).chain(target))
}

/// Reads the rest of a refused request, up to 1 MiB. Does not wait for a sender that expects `100
/// Continue`.
pub(super) async fn drain(request: Request<Incoming>) {
    if request.headers().contains_key(http::header::EXPECT) {
        return;
    }
    let mut body = request.into_body();
    let mut read = 0;
    while let Some(Ok(frame)) = body.frame().await {
        read += frame.data_ref().map_or(0, bytes::Bytes::len);
        if read > DRAINED {
            return;
        }
    }
}

/// Builds a response, without a way to fail.
pub(super) fn answer<B>(
    status: http::StatusCode,
    media_type: &'static str,
    body: B,
) -> Response<B> {
    let mut response = Response::new(body);
    *response.status_mut() = status;
    response
        .headers_mut()
        .insert(http::header::CONTENT_TYPE, http::HeaderValue::from_static(media_type));
    response
}
