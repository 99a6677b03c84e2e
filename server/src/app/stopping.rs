//! How a server ends: within one budget of time, whatever hangs.

use std::future::pending;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use actix_web::dev::Server;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::time::{Instant, sleep, timeout_at};

use crate::health::{Health, Phase};

/// The part of the budget that is left for what is on record in memory or in files only.
const LAST_WORDS: u32 = 5;

/// How much time there is for the end.
#[derive(Debug, Clone, Copy)]
pub(super) struct Budget {
    /// For everything, from the signal to the end.
    pub(super) drain: Duration,
    /// Of that, for whoever sends requests here to hear of it.
    pub(super) notice: Duration,
}

/// Who tells the server to stop.
pub(super) struct Signals {
    terminate: Signal,
    interrupt: Signal,
    quit: Signal,
}

/// How the server is to stop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Manner {
    /// Requests may finish.
    Gently,
    /// At once.
    Now,
}

impl Signals {
    /// Listens for them.
    pub(super) fn listen() -> io::Result<Self> {
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
            quit: signal(SignalKind::quit())?,
        })
    }

    /// The next one: SIGTERM lets requests finish; whoever presses Ctrl-C does not want to wait.
    pub(super) async fn next(&mut self) -> Manner {
        tokio::select! {
            Some(()) = self.terminate.recv() => Manner::Gently,
            Some(()) = self.interrupt.recv() => Manner::Now,
            Some(()) = self.quit.recv() => Manner::Now,
            else => pending().await,
        }
    }
}

/// Ends a server that serves, and returns by when all else must be done. At first it goes on, and
/// tells whoever asks that it stops, so that a load balancer sends its requests elsewhere; then it
/// takes no more connections, and those who have one may finish. A second signal ends it at once.
pub(super) async fn stop(
    mut server: Pin<&mut Server>,
    handle: &actix_web::dev::ServerHandle,
    signals: &mut Signals,
    (manner, budget): (Manner, Budget),
    health: &Arc<Health>,
) -> Instant {
    let end = Instant::now() + budget.drain;
    let was_serving = health.phase() == Phase::Serving;
    health.enter(Phase::Stopping);
    let gently = async {
        if was_serving {
            log::info!(
                "stopping: still accepting requests for {} seconds",
                budget.notice.as_secs()
            );
            sleep(budget.notice).await;
        }
        log::info!("stopping: requests in progress may finish");
        drop(handle.stop(true));
        timeout_at(end - budget.drain / LAST_WORDS, server.as_mut()).await.ok();
    };
    if manner == Manner::Gently {
        tokio::select! {
            () = gently => return end,
            _ = signals.next() => log::warn!("stopping at once: requests in progress are cut off"),
        }
    }
    end.min(Instant::now() + budget.drain / LAST_WORDS)
}
