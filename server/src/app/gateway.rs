//! The S3 gateway's listener, and its end.

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep};

use super::error::StartError;
use crate::config::GatewayConfig;
use crate::domain::GatewayAddress;
use crate::gateway::{Gateway, Server, Shared};
use crate::health::Health;
use crate::listener::{ConnectionLimit, Options, Patience};
use crate::tls::{Tls, warn_if_plain};

/// Binds the address of `config`.
///
/// # Errors
/// [`StartError::Listen`] if the address cannot be listened on.
pub(super) fn listen(config: &GatewayConfig) -> Result<TcpListener, StartError> {
    let address = config.address;
    let cannot = |error| StartError::Listen { flag: "--gateway", address, error };
    let listener = TcpListener::bind(address).map_err(cannot)?;
    listener.set_nonblocking(true).map_err(cannot)?;
    Ok(listener)
}

/// What clients are told of the gateway: port 0 becomes the port of `listener`.
pub(super) fn public_address(
    told: GatewayAddress,
    listener: Option<&TcpListener>,
) -> GatewayAddress {
    let port = listener.and_then(|listener| listener.local_addr().ok()).map(|bound| bound.port());
    match (told.endpoint.strip_suffix(":0"), port) {
        (Some(host), Some(port)) => GatewayAddress { endpoint: format!("{host}:{port}"), ..told },
        _ => told,
    }
}

/// A gateway whose address is bound. It does not serve yet.
pub(super) struct Bound {
    listener: TcpListener,
    options: Options,
    gateway: Arc<Gateway>,
}

impl Bound {
    /// A gateway of `config` on its bound address.
    pub(super) fn new(
        listener: TcpListener,
        config: &GatewayConfig,
        tls: Option<&Tls>,
        shared: Shared,
    ) -> Self {
        warn_if_plain("--gateway", config.address, tls);
        let options = Options { tls: tls.cloned(), ..options(config, &shared) };
        let gateway = Arc::new(Gateway::new(config, tls.is_some(), shared));
        Self { listener, options, gateway }
    }

    /// The address it listens on.
    pub(super) fn address(&self) -> Option<SocketAddr> {
        self.listener.local_addr().ok()
    }

    /// Serves. When `health` says that the server stops, clients may still come for so long as `notice` says.
    ///
    /// # Errors
    /// The listener cannot be used.
    pub(super) fn serve(self, health: Arc<Health>, notice: Duration) -> io::Result<Serving> {
        let listener = tokio::net::TcpListener::from_std(self.listener)?;
        let server = Server::start(listener, self.options, self.gateway)?;
        let closer = server.closer();
        let closing = tokio::spawn(async move {
            health.stopping().await;
            sleep(notice).await;
            closer.close();
        });
        Ok(Serving { server, closing })
    }
}

fn options(config: &GatewayConfig, shared: &Shared) -> Options {
    let clients = config.clients;
    let (head, idle) = (clients.head, clients.keep_alive);
    let limit = ConnectionLimit::new(
        clients.connections,
        clients.connections_per_address,
        shared.proxies.clone(),
        shared.service.metrics().clone(),
    );
    Options {
        tls: None,
        patience: Patience { head, idle, ..Patience::default() },
        limit: Some(limit),
        is_http2: config.is_http2,
    }
}

/// A gateway that serves.
pub(super) struct Serving {
    server: Server,
    closing: JoinHandle<()>,
}

impl Serving {
    /// Waits until requests in progress are answered, cuts them off at `cut`, and waits until `end` at most
    /// until it is on record how they ended.
    pub(super) async fn finish(self, cut: Instant, end: Instant) {
        self.closing.abort();
        self.server.stop(cut, end).await;
    }
}
