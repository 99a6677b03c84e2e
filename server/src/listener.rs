//! HTTP/1.1 on a TCP listener, until it is told to stop.

use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::time::Duration;

use hyper::body::{Body, Incoming};
use hyper::server::conn::http1;
use hyper::service::HttpService;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;

/// How long to wait before accepting again after accepting failed (no file descriptors left).
const BACK_OFF: Duration = Duration::from_millis(50);

/// What bounds a connection.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Patience {
    /// For the head of a request, and for the next request on a connection that is kept open.
    pub(crate) head: Duration,
    /// For requests under way once the server stops.
    pub(crate) grace: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self { head: Duration::from_secs(30), grace: Duration::from_secs(5) }
    }
}

/// A server that is answering. Dropping it cuts every connection; [`Running::stop`] does not.
#[derive(Debug)]
pub(crate) struct Running {
    address: SocketAddr,
    stop: watch::Sender<()>,
    accepting: JoinSet<()>,
}

impl Running {
    /// Answers every connection of `listener` with the service that `serve` makes for its client.
    pub(crate) fn start<S, B>(
        listener: TcpListener,
        patience: Patience,
        serve: impl Fn(SocketAddr) -> S + Send + 'static,
    ) -> io::Result<Self>
    where
        S: HttpService<Incoming, ResBody = B, Error = Infallible> + Send + 'static,
        S::Future: Send,
        B: Body<Data: Send, Error: Into<Box<dyn std::error::Error + Send + Sync>>> + Send + 'static,
    {
        let address = listener.local_addr()?;
        let (stop, stopped) = watch::channel(());
        let mut accepting = JoinSet::new();
        accepting.spawn(accept(listener, patience, serve, stopped));
        Ok(Self { address, stop, accepting })
    }

    /// Where it listens.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Accepts nothing more and waits until requests under way are answered, for as long as the grace lasts.
    pub(crate) async fn stop(mut self) {
        self.stop.send_replace(());
        self.accepting.join_next().await;
    }
}

async fn accept<S, B>(
    listener: TcpListener,
    patience: Patience,
    serve: impl Fn(SocketAddr) -> S,
    mut stopped: watch::Receiver<()>,
) where
    S: HttpService<Incoming, ResBody = B, Error = Infallible> + Send + 'static,
    S::Future: Send,
    B: Body<Data: Send, Error: Into<Box<dyn std::error::Error + Send + Sync>>> + Send + 'static,
{
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            _ = stopped.changed() => break,
            Some(_) = connections.join_next() => {}
            accepted = listener.accept() => match accepted {
                Ok((socket, client)) => {
                    let service = serve(client);
                    connections.spawn(converse(socket, service, patience.head, stopped.clone()));
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
    if tokio::time::timeout(patience.grace, finished).await.is_err() {
        log::warn!("stopped with requests still open");
    }
}

async fn converse<S, B>(
    socket: TcpStream,
    service: S,
    head: Duration,
    mut stopped: watch::Receiver<()>,
) where
    S: HttpService<Incoming, ResBody = B, Error = Infallible>,
    B: Body<Error: Into<Box<dyn std::error::Error + Send + Sync>>> + 'static,
{
    if let Err(error) = socket.set_nodelay(true) {
        log::debug!("cannot set TCP_NODELAY: {error}");
    }
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(head);
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
