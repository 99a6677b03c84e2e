//! HTTP on a TCP listener, with or without TLS, until it is told to stop: HTTP/1.1, and HTTP/2 where that is
//! wanted.
//!
//! Requests whose end is not beyond doubt are refused, and slow clients let go, before a service hears
//! of them. `Expect: 100-continue` is answered when the service first asks for the body. A client that
//! still sends a body when it has its answer is read from for a moment, and then let go.

mod answer;
mod body;
mod connection_limit;
mod hangup;
mod head;
mod http2;
mod patience;
mod preface;
mod request_state;
#[cfg(test)]
mod tests;
mod watched;

use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};
use hyper::body::{Body, Incoming};
use hyper::server::conn::http1;
use hyper::service::Service;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{Instant, timeout, timeout_at};
use tokio_rustls::TlsAcceptor;

use crate::tls::Tls;
use answer::BodyError;
pub(crate) use connection_limit::ConnectionLimit;
pub(crate) use hangup::Hangup;
pub(crate) use patience::Patience;
use request_state::{CheckedService, RequestState};
use watched::Watched;

/// How long to wait before accepting again after accepting failed (no file descriptors left).
const BACK_OFF: Duration = Duration::from_millis(50);
/// How much of a body hyper holds of a connection, each way: 64 KiB.
const BUFFERED: usize = 64 * 1024;

/// How a listener treats its clients.
#[derive(Debug, Clone, Default)]
pub(crate) struct Options {
    /// The certificate, where TLS is spoken.
    pub(crate) tls: Option<Tls>,
    /// How long clients may take.
    pub(crate) patience: Patience,
    /// How many connections there may be. `None` for any number.
    pub(crate) limit: Option<ConnectionLimit>,
    /// Whether HTTP/2 is spoken as well: with TLS by ALPN, and without by prior knowledge.
    pub(crate) is_http2: bool,
}

/// A server that is answering. Dropping it cuts every connection; [`Running::stop`] does not.
#[derive(Debug)]
pub(crate) struct Running {
    address: SocketAddr,
    stop: watch::Sender<()>,
    grace: Duration,
    accepting: JoinSet<()>,
}

/// What makes a server accept nothing more.
#[derive(Debug, Clone)]
pub(crate) struct Closer(watch::Sender<()>);

impl Closer {
    /// Accepts nothing more, and closes idle connections.
    pub(crate) fn close(&self) {
        self.0.send_replace(());
    }
}

impl Running {
    /// Answers every connection of `listener` with the service that `serve` makes for its client.
    pub(crate) fn start<S, B>(
        listener: TcpListener,
        options: Options,
        serve: impl Fn(SocketAddr) -> S + Send + 'static,
    ) -> io::Result<Self>
    where
        S: Service<Request<Incoming>, Response = Response<B>, Error = Infallible> + Send + 'static,
        S::Future: Send + 'static,
        B: Body<Data = Bytes, Error: Into<BodyError>> + Send + 'static,
    {
        let address = listener.local_addr()?;
        let (stop, stopped) = watch::channel(());
        let (grace, acceptor) = (options.patience.grace, Acceptor::new(options, stopped));
        let mut accepting = JoinSet::new();
        accepting.spawn(acceptor.accept(listener, serve));
        Ok(Self { address, stop, grace, accepting })
    }

    /// Where it listens.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// What makes it accept nothing more.
    pub(crate) fn closer(&self) -> Closer {
        Closer(self.stop.clone())
    }

    /// Accepts nothing more, closes idle connections, and waits until requests under way are answered,
    /// for as long as the grace lasts.
    pub(crate) async fn stop(self) {
        let grace = self.grace;
        self.stop_until(Instant::now() + grace).await;
    }

    /// The same, but requests under way may go on until `cut`.
    pub(crate) async fn stop_until(mut self, cut: Instant) {
        self.closer().close();
        if timeout_at(cut, self.accepting.join_next()).await.is_err() {
            log::warn!("stopped with requests still open");
        }
    }
}

/// What every connection comes through.
#[derive(Clone)]
struct Acceptor {
    tls: Option<TlsAcceptor>,
    patience: Patience,
    limit: Option<ConnectionLimit>,
    is_http2: bool,
    stopped: watch::Receiver<()>,
}

impl Acceptor {
    fn new(options: Options, stopped: watch::Receiver<()>) -> Self {
        let Options { tls, patience, limit, is_http2 } = options;
        let tls = tls.map(|tls| tls.acceptor(is_http2));
        Self { tls, patience, limit, is_http2, stopped }
    }

    async fn accept<S, B>(mut self, listener: TcpListener, serve: impl Fn(SocketAddr) -> S)
    where
        S: Service<Request<Incoming>, Response = Response<B>, Error = Infallible> + Send + 'static,
        S::Future: Send + 'static,
        B: Body<Data = Bytes, Error: Into<BodyError>> + Send + 'static,
    {
        let limit = self.limit.clone();
        let mut connections = JoinSet::new();
        loop {
            tokio::select! {
                _ = self.stopped.changed() => break,
                Some(_) = connections.join_next() => {}
                accepted = connection_limit::accept(&listener, limit.as_ref()) => match accepted {
                    Ok(Some((socket, client, place))) => {
                        let conversation = self.clone().admit(socket, serve(client));
                        connections.spawn(async move {
                            conversation.await;
                            drop(place);
                        });
                    }
                    Ok(None) => {}
                    Err(error) => {
                        log::warn!("cannot accept a connection: {error}");
                        tokio::time::sleep(BACK_OFF).await;
                    }
                }
            }
        }
        drop(listener);
        while connections.join_next().await.is_some() {}
    }

    async fn admit<S, B>(mut self, socket: TcpStream, service: S)
    where
        S: Service<Request<Incoming>, Response = Response<B>, Error = Infallible>,
        S::Future: Send + 'static,
        B: Body<Data = Bytes, Error: Into<BodyError>> + Send + 'static,
    {
        if let Err(error) = socket.set_nodelay(true) {
            log::debug!("cannot set TCP_NODELAY: {error}");
        }
        let Some(tls) = self.tls.take() else { return self.greet(socket, service).await };
        let shaken = tokio::select! {
            shaken = timeout(self.patience.head, tls.accept(socket)) => shaken,
            _ = self.stopped.changed() => return,
        };
        match shaken {
            Ok(Ok(socket)) => match socket.get_ref().1.alpn_protocol() {
                Some(b"h2") => self.converse_in_streams(socket, service).await,
                _ => self.converse(socket, service).await,
            },
            Ok(Err(error)) => log::debug!("a TLS handshake failed: {error}"),
            Err(_) => log::debug!("a TLS handshake took too long"),
        }
    }

    /// Tells by the first bytes of a connection without TLS which HTTP is spoken, where there is a choice.
    async fn greet<IO, S, B>(mut self, socket: IO, service: S)
    where
        IO: AsyncRead + AsyncWrite + Send + Unpin + 'static,
        S: Service<Request<Incoming>, Response = Response<B>, Error = Infallible>,
        S::Future: Send + 'static,
        B: Body<Data = Bytes, Error: Into<BodyError>> + Send + 'static,
    {
        if !self.is_http2 {
            return self.converse(socket, service).await;
        }
        let begun = tokio::select! {
            begun = timeout(self.patience.head, preface::read(socket)) => begun,
            _ = self.stopped.changed() => return,
        };
        match begun {
            Ok(Ok((socket, true))) => self.converse_in_streams(socket, service).await,
            Ok(Ok((socket, false))) => self.converse(socket, service).await,
            Ok(Err(error)) => log::debug!("a connection ended early: {error}"),
            Err(_) => log::debug!("a connection did not begin in time"),
        }
    }

    /// HTTP/2.
    async fn converse_in_streams<IO, S, B>(self, socket: IO, service: S)
    where
        IO: AsyncRead + AsyncWrite + Send + Unpin + 'static,
        S: Service<Request<Incoming>, Response = Response<B>, Error = Infallible>,
        S::Future: Send + 'static,
        B: Body<Data = Bytes, Error: Into<BodyError>> + Send + 'static,
    {
        let conversation = http2::converse(socket, service, self.patience, self.stopped);
        if let Err(error) = Box::pin(conversation).await {
            log::debug!("a connection ended early: {error}");
        }
    }

    /// HTTP/1.1.
    async fn converse<IO, S, B>(mut self, socket: IO, service: S)
    where
        IO: AsyncRead + AsyncWrite + Unpin,
        S: Service<Request<Incoming>, Response = Response<B>, Error = Infallible>,
        S::Future: Send + 'static,
        B: Body<Data = Bytes, Error: Into<BodyError>> + Send + 'static,
    {
        let request = Arc::new(RequestState::default());
        let socket = TokioIo::new(Watched::new(socket, request.clone(), self.patience));
        let mut http = http1::Builder::new();
        // The socket gives whole heads and watches the time for them.
        http.header_read_timeout(None).max_buf_size(BUFFERED);
        let hangup = Hangup::default();
        let checked = CheckedService::new(service, request, hangup.clone());
        let mut connection = pin!(http.serve_connection(socket, checked));
        let served = async {
            tokio::select! {
                ended = connection.as_mut() => ended,
                _ = self.stopped.changed() => {
                    connection.as_mut().graceful_shutdown();
                    connection.await
                }
            }
        };
        tokio::select! {
            ended = served => if let Err(error) = ended {
                log::debug!("a connection ended early: {error}");
            },
            () = hangup.wait() => log::debug!("a connection is cut"),
        }
    }
}
