//! actix's service of HTTP/1.1, on sockets that end when a client is late. `actix_web::HttpServer` would give it bare
//! sockets.

use std::fmt::Debug;
use std::future::ready;
use std::io;
use std::marker::PhantomData;
use std::net::{SocketAddr, TcpListener};
use std::os::unix::net::UnixListener;
use std::time::Duration;

use actix_http::error::DispatchError;
use actix_http::{HttpService, KeepAlive, Protocol};
use actix_server::{GracefulShutdownSignal, ServerBuilder};
use actix_service::{
    IntoServiceFactory, Service, ServiceFactory, ServiceFactoryExt as _, fn_service, map_config,
};
use actix_web::body::MessageBody;
use actix_web::dev::AppConfig;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpStream, UnixStream};
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use super::timed_socket::{TimedSocket, Times};
use crate::tls::Tls;

/// How long a connection may be idle, and how long its client may take nothing of an answer. Longer than the 60 s
/// after which proxies (nginx, AWS's load balancers) close idle ones: a server that closes first breaks the request
/// that is on its way.
const IDLE: Duration = Duration::from_secs(75);
/// How long the head of a request may take, from its first byte.
const HEAD: Duration = Duration::from_secs(5);
/// How long an answer may take, beside the time for the body. Imports of many grants take longest.
const ANSWER: Duration = Duration::from_mins(5);
/// How long a TLS handshake may take.
const HANDSHAKE: Duration = Duration::from_secs(5);
/// How long the end of a connection may take.
const PARTING: Duration = Duration::from_secs(1);

/// An application, its service, and the body of its answers.
type Serves<I, S, B> = fn() -> (I, S, B);

/// Answers connections with the application that `F` makes for each thread.
pub(super) struct TimedService<F, I, S, B> {
    application: F,
    times: Times,
    serves: PhantomData<Serves<I, S, B>>,
}

impl<F: Clone, I, S, B> Clone for TimedService<F, I, S, B> {
    fn clone(&self) -> Self {
        Self { application: self.application.clone(), ..*self }
    }
}

impl<F, I, S, B> TimedService<F, I, S, B>
where
    F: Fn() -> I + Clone + Send + 'static,
    I: IntoServiceFactory<S, actix_http::Request> + 'static,
    S: ServiceFactory<actix_http::Request, Config = AppConfig> + 'static,
    S::Error: Into<actix_web::Error> + 'static,
    S::InitError: Debug,
    S::Response: Into<actix_http::Response<B>> + 'static,
    S::Service: 'static,
    <S::Service as Service<actix_http::Request>>::Future: 'static,
    B: MessageBody + 'static,
{
    /// A service whose requests may take `body` to arrive.
    pub(super) fn new(application: F, body: Duration) -> Self {
        let times = Times { head: HEAD, idle: IDLE, answer: body + ANSWER };
        Self { application, times, serves: PhantomData }
    }

    /// Listens on an address, with TLS if there is `tls`.
    pub(super) fn listen(
        &self,
        server: ServerBuilder,
        listener: TcpListener,
        tls: Option<&Tls>,
    ) -> io::Result<ServerBuilder> {
        let (service, stops) = (self.clone(), server.graceful_shutdown_signal());
        match tls.map(|tls| tls.acceptor(false)) {
            None => server.listen("http", listener, move || {
                fn_service(async |io| accept(io).map_err(DispatchError::Io))
                    .and_then(service.over(stops.clone()))
            }),
            Some(acceptor) => server.listen("https", listener, move || {
                let acceptor = acceptor.clone();
                fn_service(move |io| handshake(acceptor.clone(), io))
                    .map_err(DispatchError::Io)
                    .and_then(service.over(stops.clone()))
            }),
        }
    }

    /// Listens on a Unix domain socket.
    pub(super) fn listen_uds(
        &self,
        server: ServerBuilder,
        listener: UnixListener,
    ) -> io::Result<ServerBuilder> {
        let (service, stops) = (self.clone(), server.graceful_shutdown_signal());
        server.listen_uds("http-uds", listener, move || {
            fn_service(async |io: UnixStream| Ok((io, None))).and_then(service.over(stops.clone()))
        })
    }

    /// The service of connections over `IO`. actix's own times are off: the socket has them.
    fn over<IO: AsyncRead + AsyncWrite + Unpin + 'static>(
        &self,
        stops: GracefulShutdownSignal,
    ) -> impl ServiceFactory<
        (IO, Option<SocketAddr>),
        Config = (),
        Response = (),
        Error = DispatchError,
        InitError = (),
    > + use<IO, F, I, S, B> {
        let times = self.times;
        let application = (self.application)().into_factory();
        let application = application.map_err(|error| error.into().error_response());
        let http = HttpService::build()
            .graceful_shutdown_signal(move || {
                let stops = stops.clone();
                async move { stops.notified().await }
            })
            .keep_alive(KeepAlive::Os)
            .client_request_timeout(Duration::ZERO)
            .client_disconnect_timeout(PARTING)
            .finish(map_config(application, |()| AppConfig::default()));
        let timed = move |(io, peer)| (TimedSocket::new(io, times), Protocol::Http1, peer);
        fn_service(move |connection| ready(Ok(timed(connection)))).and_then(http)
    }
}

fn accept(io: TcpStream) -> io::Result<(TcpStream, Option<SocketAddr>)> {
    io.set_nodelay(true)?;
    let peer = io.peer_addr()?;
    Ok((io, Some(peer)))
}

async fn handshake(
    acceptor: TlsAcceptor,
    io: TcpStream,
) -> io::Result<(TlsStream<TcpStream>, Option<SocketAddr>)> {
    let (io, peer) = accept(io)?;
    Ok((timeout(HANDSHAKE, acceptor.accept(io)).await??, peer))
}

#[cfg(test)]
mod tests;
