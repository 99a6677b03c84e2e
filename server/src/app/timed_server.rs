//! actix's server of HTTP/1.1, on sockets that watch the time. `actix_web::HttpServer` would give it bare sockets.

use std::fmt::Debug;
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
use actix_web::dev::{AppConfig, Server};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpStream, UnixStream};
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use super::timed_socket::{TimedSocket, Times};
use crate::tls::Tls;

/// How long clients may take. Idle connections are kept longer than the 60 s after which proxies (nginx, AWS's load
/// balancers) close theirs: a server that closes first breaks the request that is on its way.
const TIMES: Times = Times { head: Duration::from_secs(5), idle: Duration::from_secs(75) };
/// How long a TLS handshake may take.
const HANDSHAKE: Duration = Duration::from_secs(5);
/// How long the end of a connection may take.
const PARTING: Duration = Duration::from_secs(1);

/// A server of the application that `F` makes for each of its threads.
pub(super) struct TimedServer<F, I, S, B> {
    builder: ServerBuilder,
    application: F,
    serves: PhantomData<fn() -> (I, S, B)>,
}

impl<F, I, S, B> TimedServer<F, I, S, B>
where
    F: Fn() -> I + Clone + Send + 'static,
    I: IntoServiceFactory<S, actix_http::Request>,
    S: ServiceFactory<actix_http::Request, Config = AppConfig> + 'static,
    S::Error: Into<actix_web::Error> + 'static,
    S::InitError: Debug,
    S::Response: Into<actix_http::Response<B>> + 'static,
    S::Service: 'static,
    <S::Service as Service<actix_http::Request>>::Future: 'static,
    B: MessageBody + 'static,
{
    pub(super) fn new(application: F) -> Self {
        Self { builder: Server::build().disable_signals(), application, serves: PhantomData }
    }

    /// Sets the number of threads; one per core otherwise.
    pub(super) fn workers(mut self, number: usize) -> Self {
        self.builder = self.builder.workers(number);
        self
    }

    /// Sets how long a stop waits for requests that are being answered.
    pub(super) fn drain(mut self, time: Duration) -> Self {
        self.builder = self.builder.shutdown_timeout(time.as_secs());
        self
    }

    /// Listens on an address, with TLS if there is `tls`.
    pub(super) fn listen(mut self, listener: TcpListener, tls: Option<&Tls>) -> io::Result<Self> {
        let (application, stops) =
            (self.application.clone(), self.builder.graceful_shutdown_signal());
        self.builder = match tls.map(|tls| tls.acceptor(false)) {
            None => self.builder.listen("http", listener, move || {
                fn_service(async |io| accept(io).map_err(DispatchError::Io))
                    .and_then(Self::serve(&application, stops.clone()))
            }),
            Some(acceptor) => self.builder.listen("https", listener, move || {
                let acceptor = acceptor.clone();
                fn_service(move |io| handshake(acceptor.clone(), io))
                    .map_err(DispatchError::Io)
                    .and_then(Self::serve(&application, stops.clone()))
            }),
        }?;
        Ok(self)
    }

    /// Listens on a Unix domain socket.
    pub(super) fn listen_uds(mut self, listener: UnixListener) -> io::Result<Self> {
        let (application, stops) =
            (self.application.clone(), self.builder.graceful_shutdown_signal());
        self.builder = self.builder.listen_uds("http-uds", listener, move || {
            fn_service(async |io: UnixStream| Ok((io, None)))
                .and_then(Self::serve(&application, stops.clone()))
        })?;
        Ok(self)
    }

    pub(super) fn run(self) -> Server {
        self.builder.run()
    }

    /// Answers on connections. actix's own times are off: the socket has them.
    fn serve<IO: AsyncRead + AsyncWrite + Unpin + 'static>(
        application: &F,
        stops: GracefulShutdownSignal,
    ) -> impl ServiceFactory<
        (IO, Option<SocketAddr>),
        Config = (),
        Response = (),
        Error = DispatchError,
        InitError = (),
    > + use<IO, F, I, S, B> {
        let application = application().into_factory();
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
        fn_service(async |(io, peer)| Ok((TimedSocket::new(io, TIMES), Protocol::Http1, peer)))
            .and_then(http)
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
