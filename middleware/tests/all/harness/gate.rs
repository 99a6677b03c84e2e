//! A proxy before a server. While it is closed, all its connections are broken and it accepts no
//! new ones; then it opens again at the same address, as if the server had been restarted.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream, UnixListener};
use tokio::sync::watch;

pub(crate) struct Gate {
    pub(crate) url: String,
    open: Arc<watch::Sender<bool>>,
    cuts: Arc<watch::Sender<()>>,
    taken: Arc<AtomicUsize>,
}

/// Forwards a Unix domain socket to the server at `url`.
pub(crate) fn socket_before(url: &str, path: &Path) {
    let server = address(url);
    let listener = UnixListener::bind(path).unwrap();
    tokio::spawn(async move {
        while let Ok((mut client, _)) = listener.accept().await {
            let mut upstream = TcpStream::connect(server).await.unwrap();
            tokio::spawn(async move { copy_bidirectional(&mut client, &mut upstream).await });
        }
    });
}

fn address(url: &str) -> SocketAddr {
    url.strip_prefix("http://").unwrap().parse().unwrap()
}

impl Gate {
    /// An open gate before the server at `url`.
    pub(crate) async fn before(url: &str) -> Self {
        let server = address(url);
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let open = Arc::new(watch::Sender::new(true));
        let cuts = Arc::new(watch::Sender::new(()));
        let (watched, cut) = (open.clone(), cuts.clone());
        let taken = Arc::new(AtomicUsize::new(0));
        let counted = taken.clone();
        tokio::spawn(async move {
            while let Ok((mut client, _)) = listener.accept().await {
                let (mut open, mut cut) = (watched.subscribe(), cut.subscribe());
                if !*open.borrow_and_update() {
                    continue; // Dropped: reset.
                }
                counted.fetch_add(1, Ordering::SeqCst);
                tokio::spawn(async move {
                    let mut upstream = TcpStream::connect(server).await.unwrap();
                    tokio::select! {
                        _ = copy_bidirectional(&mut client, &mut upstream) => {}
                        _ = open.wait_for(|open| !open) => {}
                        _ = cut.changed() => {}
                    }
                });
            }
        });
        Self { url, open, cuts, taken }
    }

    /// The number of connections so far.
    pub(crate) fn taken(&self) -> usize {
        self.taken.load(Ordering::SeqCst)
    }

    /// Breaks every open connection, and accepts new ones.
    #[allow(dead_code, reason = "what the tests of transfers need of it")]
    pub(crate) fn cut(&self) {
        self.cuts.send_replace(());
    }

    pub(crate) fn close(&self) {
        self.open.send_replace(false);
    }

    pub(crate) fn open(&self) {
        self.open.send_replace(true);
    }
}
