//! The ports that `dev` listens on.

use std::net::Ipv4Addr;

use tokio::net::TcpListener;

use super::error::DevStackError;
use crate::app::StartError;

/// A port to try when another is taken.
const ELSEWHERE: u16 = 9080;

/// Which ports to listen on; 0 takes a free one.
#[derive(Debug, Clone, Copy, Default)]
pub struct Ports {
    /// Cargo.
    pub cargo: u16,
    /// The storage.
    pub storage: u16,
    /// The auth service.
    pub auth: u16,
}

/// The ports of what `dev` brings along.
pub(super) struct Listeners {
    pub(super) storage: TcpListener,
    pub(super) auth: TcpListener,
}

impl Listeners {
    /// Takes them. That of Cargo, which it takes by itself, is looked at.
    pub(super) async fn bind(ports: Ports) -> Result<Self, DevStackError> {
        drop(listen("Cargo", ports.cargo, ports).await?);
        Ok(Self {
            storage: listen("the storage", ports.storage, ports).await?,
            auth: listen("the auth service", ports.auth, ports).await?,
        })
    }
}

async fn listen(what: &str, port: u16, ports: Ports) -> Result<TcpListener, DevStackError> {
    let bound = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await;
    bound.map_err(|error| taken(what, port, ports, &error))
}

/// An error of the server's start, in the words of whoever chose the port.
pub(super) fn of_the_port(error: StartError, ports: Ports) -> DevStackError {
    match error {
        StartError::Listen { error, .. } => taken("Cargo", ports.cargo, ports, &error),
        other => other.into(),
    }
}

fn taken(what: &str, port: u16, ports: Ports, error: &std::io::Error) -> DevStackError {
    // Not one that is among those that were tried.
    let other = if ports.cargo.abs_diff(ELSEWHERE) < 3 { ELSEWHERE + 1000 } else { ELSEWHERE };
    format!(
        "--port: {what} cannot listen on port {port}: {error}. Cargo takes the port that --port \
         names, the storage and the auth service the next two: try `sail-cargo dev --port {other}`"
    )
    .into()
}
