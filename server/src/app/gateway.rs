//! The S3 gateway's listener, and its end.

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinHandle;

use super::error::StartError;
use crate::config::GatewayConfig;
use crate::domain::GatewayAddress;
use crate::gateway::{Gateway, Server, Shared};
use crate::health::Health;
use crate::listener::Patience;
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
    tls: Option<Tls>,
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
        let gateway = Arc::new(Gateway::new(config, tls.is_some(), shared));
        Self { listener, tls: tls.cloned(), gateway }
    }

    /// The address it listens on.
    pub(super) fn address(&self) -> Option<SocketAddr> {
        self.listener.local_addr().ok()
    }

    /// Serves until `health` says that the server stops; then requests in progress may finish for `grace`.
    ///
    /// # Errors
    /// The listener cannot be used.
    pub(super) fn serve(self, health: Arc<Health>, grace: Duration) -> io::Result<JoinHandle<()>> {
        let listener = tokio::net::TcpListener::from_std(self.listener)?;
        let patience = Patience { grace, ..Patience::default() };
        let server = Server::start(listener, self.tls.as_ref(), patience, self.gateway)?;
        Ok(tokio::spawn(async move {
            health.stopping().await;
            server.stop().await;
        }))
    }
}
