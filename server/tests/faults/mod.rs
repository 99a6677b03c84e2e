//! A TCP proxy in the test process, whose faults are switched while it runs: what a network does
//! between a server and its database.

mod link;

use std::net::{SocketAddr, TcpListener};
use std::time::Duration;

use tokio::runtime::Builder;
use tokio::sync::watch;
use tokio::task::JoinSet;

/// What becomes of bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    /// They pass.
    Pass,
    /// Each chunk passes that much later.
    Delay(Duration),
    /// They wait until it heals, as on a link that is down for shorter than TCP is patient.
    Hold,
    /// They are read and lost, both ways. A connection that lost some stays silent for ever, healed
    /// or not: nothing passes and neither side hears of the other's end. One that lost none goes on.
    Swallow,
    /// The same of what the upstream says alone: it still hears.
    SwallowAnswers,
    /// They pass, and whoever connects is turned away.
    Refuse,
}

/// What all connections go by.
#[derive(Debug, Clone, Copy)]
struct Weather {
    fault: Fault,
    /// How often all connections were reset.
    resets: u64,
    /// How often all connections fell silent.
    silences: u64,
}

/// Listens at an address of its own, until it is dropped, on a thread of its own: a test that blocks
/// does not stop it.
pub(crate) struct Proxy {
    address: SocketAddr,
    weather: watch::Sender<Weather>,
}

impl Proxy {
    /// Starts it in front of `upstream`.
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

    /// Where to connect instead of the upstream.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Has every chunk that is read from now on meet `fault`.
    pub(crate) fn set(&self, fault: Fault) {
        self.weather.send_modify(|weather| weather.fault = fault);
    }

    /// Everything passes again, but on what has fallen silent.
    pub(crate) fn heal(&self) {
        self.set(Fault::Pass);
    }

    /// Resets every connection there is.
    pub(crate) fn reset(&self) {
        self.weather.send_modify(|weather| weather.resets += 1);
    }

    /// Every connection there is falls silent for ever, as behind a router that forgot them; new
    /// ones work.
    pub(crate) fn half_open(&self) {
        self.weather.send_modify(|weather| weather.silences += 1);
    }
}

/// Accepts until the proxy is gone.
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
