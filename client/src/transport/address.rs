//! The address of a server.

use std::io;
use std::time::Duration;

use hyper_util::client::proxy::matcher::Matcher;
use tokio::net::{TcpStream, lookup_host};
use tokio::time::timeout;

use super::connection::Connection;
use crate::url;

/// An address that is reached without TLS and without a proxy.
#[derive(Debug)]
pub(super) enum Address {
    Tcp {
        host: String,
        port: u16,
    },
    #[cfg(unix)]
    Socket(std::path::PathBuf),
}

impl Address {
    /// The host and port of a plain `http` URL, unless the environment sets a proxy for it. No
    /// proxy is used for this machine.
    pub(super) fn of(base: &hyper::Uri) -> Option<Self> {
        let host = base.host()?;
        let is_proxied =
            || !url::is_loopback(host) && Matcher::from_system().intercept(base).is_some();
        if base.scheme_str() != Some("http") || is_proxied() {
            return None;
        }
        let host = host.trim_start_matches('[').trim_end_matches(']').to_owned();
        Some(Self::Tcp { host, port: base.port_u16().unwrap_or(80) })
    }

    /// A Unix domain socket, on platforms that have them.
    #[cfg(unix)]
    #[expect(clippy::unnecessary_wraps, reason = "elsewhere there are none")]
    pub(super) fn socket(path: &str) -> Option<Self> {
        Some(Self::Socket(path.into()))
    }

    #[cfg(not(unix))]
    pub(super) fn socket(_: &str) -> Option<Self> {
        None
    }

    /// Connects within `patience`, which is divided among the addresses of a host name.
    pub(super) async fn connect(&self, patience: Duration) -> io::Result<Connection> {
        match self {
            Self::Tcp { host, port } => {
                let addresses: Vec<_> = lookup_host((host.as_str(), *port)).await?.collect();
                let share = patience / u32::try_from(addresses.len()).unwrap_or(1).max(1);
                let mut last = io::Error::other("the name has no address");
                for address in addresses {
                    match timeout(share, TcpStream::connect(address)).await {
                        Ok(Ok(stream)) => {
                            stream.set_nodelay(true)?;
                            return Connection::over(stream).await.map_err(io::Error::other);
                        }
                        Ok(Err(error)) => last = error,
                        Err(late) => last = late.into(),
                    }
                }
                Err(last)
            }
            #[cfg(unix)]
            Self::Socket(path) => {
                let stream = tokio::net::UnixStream::connect(path).await?;
                Connection::over(stream).await.map_err(io::Error::other)
            }
        }
    }
}
