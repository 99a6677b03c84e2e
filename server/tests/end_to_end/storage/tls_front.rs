//! A TLS front for a storage that speaks plain HTTP.

use std::io;

use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;

use crate::storages::Certificate;

/// Terminates TLS, and forwards the bytes. It stops when dropped.
pub(crate) struct TlsFront {
    pub(crate) url: String,
    _accepting: JoinSet<()>,
}

impl TlsFront {
    /// Starts in front of `storage`, a host and a port.
    pub(crate) async fn before(storage: &str, certificate: &Certificate) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("https://{}", listener.local_addr().unwrap());
        let mut accepting = JoinSet::new();
        accepting.spawn(accept(listener, certificate.acceptor(), storage.to_owned()));
        Self { url, _accepting: accepting }
    }
}

async fn accept(listener: TcpListener, tls: TlsAcceptor, storage: String) {
    let mut connections = JoinSet::new();
    while let Ok((socket, _)) = listener.accept().await {
        connections.spawn(relay(tls.clone(), socket, storage.clone()));
    }
}

/// Relays one connection. Its client notices an error on its own side.
async fn relay(tls: TlsAcceptor, socket: TcpStream, storage: String) -> io::Result<()> {
    let mut outside = tls.accept(socket).await?;
    let mut inside = TcpStream::connect(storage).await?;
    copy_bidirectional(&mut outside, &mut inside).await?;
    Ok(())
}
