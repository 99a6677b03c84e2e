//! The ports that `dev` listens on.

use std::net::Ipv4Addr;

use tokio::net::TcpListener;

use super::error::DevStackError;
use crate::app::StartError;

/// The port to suggest when one is taken.
const ELSEWHERE: u16 = 9080;

/// The ports to listen on; 0 takes a free port.
#[derive(Debug, Clone, Copy, Default)]
pub struct Ports {
    /// Cargo's port.
    pub cargo: u16,
    /// The storage's port.
    pub storage: u16,
    /// The S3 gateway's port.
    pub gateway: u16,
}

/// Binds the storage's port. Checks those of Cargo and the gateway as well, which the server binds later.
pub(super) async fn bind(ports: Ports) -> Result<TcpListener, DevStackError> {
    drop(listen("Cargo", ports.cargo, ports).await?);
    drop(listen_gateway(ports.gateway).await?);
    listen("the storage", ports.storage, ports).await
}

async fn listen(what: &str, port: u16, ports: Ports) -> Result<TcpListener, DevStackError> {
    let bound = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await;
    bound.map_err(|error| taken(what, port, ports, &error))
}

async fn listen_gateway(port: u16) -> Result<TcpListener, DevStackError> {
    let bound = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await;
    bound.map_err(|error| {
        let other = if port == 9000 { 9900 } else { 9000 };
        let text = format!(
            "--gateway-port: the S3 gateway cannot listen on port {port}: {error}. Try `sail-cargo dev \
             --gateway-port {other}`"
        );
        text.into()
    })
}

/// Rewrites the server's error of a taken port into one that names `--port`.
pub(super) fn of_the_port(error: StartError, ports: Ports) -> DevStackError {
    match error {
        StartError::Listen { error, .. } => taken("Cargo", ports.cargo, ports, &error),
        other => other.into(),
    }
}

fn taken(what: &str, port: u16, ports: Ports, error: &std::io::Error) -> DevStackError {
    // The suggestion must not be one of the ports just tried.
    let other = if ports.cargo.abs_diff(ELSEWHERE) < 2 { ELSEWHERE + 1000 } else { ELSEWHERE };
    format!(
        "--port: {what} cannot listen on port {port}: {error}. Cargo takes the port that --port \
         names, the storage the next one: try `sail-cargo dev --port {other}`"
    )
    .into()
}
