//! A TCP proxy in the test process, whose faults can be switched at any time. It imitates the
//! network between a server and its database.

mod link;

use std::net::{SocketAddr, TcpListener};
use std::time::Duration;

use tokio::runtime::Builder;
use tokio::sync::watch;
use tokio::task::JoinSet;

/// The treatment of bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    /// Bytes pass.
    Pass,
    /// Each chunk is delayed by this time.
    Delay(Duration),
    /// Bytes wait until the proxy heals, like on a link that is down for less than TCP's timeout.
    Hold,
    /// Bytes are read and lost, in both directions. A connection that lost some stays silent
    /// forever, even after healing: nothing passes, and neither side learns that the other has
    /// closed. Others go on.
    Swallow,
    /// Bytes from the upstream are lost; bytes to it pass.
    SwallowAnswers,
    /// Bytes pass, but new connections are refused.
    Refuse,
}

/// The state of the proxy that all connections follow.
#[derive(Debug, Clone, Copy)]
struct Weather {
    fault: Fault,
    /// The number of resets of all connections.
    resets: u64,
    /// The number of times that all connections went silent.
    silences: u64,
}

/// A proxy with its own address and thread, so that a blocking test does not stop it. It stops when
/// dropped.
pub(crate) struct Proxy {
    address: SocketAddr,
    weather: watch::Sender<Weather>,
}

impl Proxy {
    /// Starts a proxy in front of `upstream`.
    pub(crate) fn start(upstream: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let address = listener.local_addr().unwrap();
        let fair = Weather { fault: Fault::Pass, resets: 0, silences: 0 };
        let (weather, seen) = watch::channel(fair);
        std::thread::spawn(move || {
            let runtime = Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(accept(listener, upstream, seen));
        });
        Self { address, weather }
    }

    /// The address to connect to instead of the upstream.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Applies `fault` to every chunk read from now on.
    pub(crate) fn set(&self, fault: Fault) {
        self.weather.send_modify(|weather| weather.fault = fault);
    }

    /// Lets bytes pass again, except on connections that have gone silent.
    pub(crate) fn heal(&self) {
        self.set(Fault::Pass);
    }

    /// Resets all open connections.
    pub(crate) fn reset(&self) {
        self.weather.send_modify(|weather| weather.resets += 1);
    }

    /// Silences all open connections forever, like a router that has lost its state. New
    /// connections work.
    pub(crate) fn half_open(&self) {
        self.weather.send_modify(|weather| weather.silences += 1);
    }
}

/// Accepts connections until the proxy is dropped.
async fn accept(listener: TcpListener, upstream: SocketAddr, mut seen: watch::Receiver<Weather>) {
    let listener = tokio::net::TcpListener::from_std(listener).unwrap();
    let mut links = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => if let Ok((client, _)) = accepted {
                links.spawn(link::run(client, upstream, seen.clone()));
            },
            changed = seen.changed() => if changed.is_err() {
                return;
            },
            Some(_) = links.join_next() => {}
        }
    }
}
