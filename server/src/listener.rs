//! HTTP/1.1 on a TCP listener, with or without TLS, until it is told to stop.
//!
//! Requests whose end is not beyond doubt are refused, and slow clients let go, before a service hears
//! of them. `Expect: 100-continue` is answered when the service first asks for the body. A client that
//! still sends a body when it has its answer is read from for a moment, and then let go.

mod body;
mod desk;
mod hangup;
mod head;
mod patience;
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
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;

use crate::tls::Tls;
use desk::{Attended, BodyError, Desk};
pub(crate) use hangup::Hangup;
pub(crate) use patience::Patience;
use watched::Watched;

/// How long to wait before accepting again after accepting failed (no file descriptors left).
const BACK_OFF: Duration = Duration::from_millis(50);
/// How much of a body hyper holds of a connection, each way: 64 KiB.
const BUFFERED: usize = 64 * 1024;

/// A server that is answering. Dropping it cuts every connection; [`Running::stop`] does not.
#[derive(Debug)]
pub(crate) struct Running {
    address: SocketAddr,
    stop: watch::Sender<()>,
    accepting: JoinSet<()>,
}

impl Running {
    /// Answers every connection of `listener` with the service that `serve` makes for its client; over TLS
    /// where there is a certificate.
    pub(crate) fn start<S, B>(
        listener: TcpListener,
        tls: Option<&Tls>,
        patience: Patience,
        serve: impl Fn(SocketAddr) -> S + Send + 'static,
    ) -> io::Result<Self>
    where
        S: Service<Request<Incoming>, Response = Response<B>, Error = Infallible> + Send + 'static,
        S::Future: Send + 'static,
        B: Body<Data = Bytes, Error: Into<BodyError>> + Send + 'static,
    {
        let address = listener.local_addr()?;
        let (stop, stopped) = watch::channel(());
        let door = Door { tls: tls.map(Tls::acceptor), patience, stopped };
        let mut accepting = JoinSet::new();
        accepting.spawn(door.accept(listener, serve));
        Ok(Self { address, stop, accepting })
    }

    /// Where it listens.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Accepts nothing more, closes idle connections, and waits until requests under way are answered,
    /// for as long as the grace lasts.
    pub(crate) async fn stop(mut self) {
        self.stop.send_replace(());
        self.accepting.join_next().await;
    }
}

/// What every connection comes through.
#[derive(Clone)]
struct Door {
    tls: Option<TlsAcceptor>,
    patience: Patience,
    stopped: watch::Receiver<()>,
}

impl Door {
    async fn accept<S, B>(mut self, listener: TcpListener, serve: impl Fn(SocketAddr) -> S)
    where
        S: Service<Request<Incoming>, Response = Response<B>, Error = Infallible> + Send + 'static,
        S::Future: Send + 'static,
        B: Body<Data = Bytes, Error: Into<BodyError>> + Send + 'static,
    {
        let mut connections = JoinSet::new();
        loop {
            tokio::select! {
                _ = self.stopped.changed() => break,
                Some(_) = connections.join_next() => {}
                accepted = listener.accept() => match accepted {
                    Ok((socket, client)) => {
                        connections.spawn(self.clone().admit(socket, serve(client)));
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
        if timeout(self.patience.grace, finished).await.is_err() {
            log::warn!("stopped with requests still open");
        }
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
        let Some(tls) = self.tls.take() else { return self.converse(socket, service).await };
        let shaken = tokio::select! {
            shaken = timeout(self.patience.head, tls.accept(socket)) => shaken,
            _ = self.stopped.changed() => return,
        };
        match shaken {
            Ok(Ok(socket)) => self.converse(socket, service).await,
            Ok(Err(error)) => log::debug!("a TLS handshake failed: {error}"),
            Err(_) => log::debug!("a TLS handshake took too long"),
        }
    }

    async fn converse<IO, S, B>(mut self, socket: IO, service: S)
    where
        IO: AsyncRead + AsyncWrite + Unpin,
        S: Service<Request<Incoming>, Response = Response<B>, Error = Infallible>,
        S::Future: Send + 'static,
        B: Body<Data = Bytes, Error: Into<BodyError>> + Send + 'static,
    {
        let desk = Arc::new(Desk::default());
        let socket = TokioIo::new(Watched::new(socket, desk.clone(), self.patience));
        let mut http = http1::Builder::new();
        // The socket gives whole heads and watches the time for them.
        http.header_read_timeout(None).max_buf_size(BUFFERED);
        let hangup = Hangup::default();
        let attended = Attended::new(service, desk, hangup.clone());
        let mut connection = pin!(http.serve_connection(socket, attended));
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
