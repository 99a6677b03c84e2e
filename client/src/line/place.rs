//! Where a server listens.

use std::io;

use hyper::client::conn::http1;
use hyper_util::client::proxy::matcher::Matcher;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;

use super::Sender;

/// An address without TLS and without a proxy before it.
#[derive(Debug)]
pub(super) enum Place {
    Tcp {
        host: String,
        port: u16,
    },
    #[cfg(unix)]
    Socket(std::path::PathBuf),
}

impl Place {
    /// The host and port of a plain `http` URL that the environment sets no proxy for.
    pub(super) fn of(base: &hyper::Uri) -> Option<Self> {
        let plain = base.scheme_str() == Some("http");
        if !plain || Matcher::from_system().intercept(base).is_some() {
            return None;
        }
        let host = base.host()?.trim_start_matches('[').trim_end_matches(']').to_owned();
        Some(Self::Tcp { host, port: base.port_u16().unwrap_or(80) })
    }

    /// A Unix domain socket, where there are any.
    #[cfg(unix)]
    #[expect(clippy::unnecessary_wraps, reason = "elsewhere there are none")]
    pub(super) fn socket(path: &str) -> Option<Self> {
        Some(Self::Socket(path.into()))
    }

    #[cfg(not(unix))]
    pub(super) fn socket(_: &str) -> Option<Self> {
        None
    }

    pub(super) async fn connect(&self) -> io::Result<Sender> {
        match self {
            Self::Tcp { host, port } => {
                let stream = TcpStream::connect((host.as_str(), *port)).await?;
                stream.set_nodelay(true)?;
                open(stream).await
            }
            #[cfg(unix)]
            Self::Socket(path) => open(tokio::net::UnixStream::connect(path).await?).await,
        }
    }
}

async fn open(stream: impl AsyncRead + AsyncWrite + Send + Unpin + 'static) -> io::Result<Sender> {
    let (sender, connection) =
        http1::handshake(TokioIo::new(stream)).await.map_err(io::Error::other)?;
    // How it ends is told to whoever waits for an answer.
    tokio::spawn(async move { drop(connection.await) });
    Ok(sender)
}
