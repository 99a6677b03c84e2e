//! Stops a server within a fixed time, even if requests or the database hang.

use std::future::pending;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use actix_web::dev::Server;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::time::{Instant, sleep, timeout_at};

use crate::health::{Health, Phase};

/// One part in this many of the time is reserved for writing what is only in memory or in the
/// spool.
const LAST_WORDS: u32 = 5;

/// The time for stopping.
#[derive(Debug, Clone, Copy)]
pub(super) struct Budget {
    /// From the signal to the end of the process.
    pub(super) drain: Duration,
    /// The part of `drain` in which load balancers learn that the server stops.
    pub(super) notice: Duration,
}

impl Budget {
    /// When requests in progress are cut off by a server that is to end at `end`.
    pub(super) fn cut(&self, end: Instant) -> Instant {
        end - self.drain / LAST_WORDS
    }
}

/// The signals that stop the server.
pub(super) struct Signals {
    terminate: Signal,
    interrupt: Signal,
    quit: Signal,
}

/// How the server stops.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Manner {
    /// Requests under way may finish.
    Gently,
    /// Requests under way are cut off.
    Now,
}

impl Signals {
    /// Registers the signal handlers.
    pub(super) fn listen() -> io::Result<Self> {
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
            quit: signal(SignalKind::quit())?,
        })
    }

    /// Waits for a signal. SIGTERM lets requests finish; SIGINT (Ctrl-C) and SIGQUIT cut them off.
    pub(super) async fn next(&mut self) -> Manner {
        tokio::select! {
            Some(()) = self.terminate.recv() => Manner::Gently,
            Some(()) = self.interrupt.recv() => Manner::Now,
            Some(()) = self.quit.recv() => Manner::Now,
            else => pending().await,
        }
    }
}

/// Stops a running server, and returns the deadline for everything else. First the server keeps
/// accepting connections while readiness reports that it stops, so that load balancers turn away.
/// Then it accepts no more connections, and requests under way may finish. A second signal cuts
/// them off.
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
        timeout_at(budget.cut(end), server.as_mut()).await.ok();
    };
    if manner == Manner::Gently {
        tokio::select! {
            () = gently => return end,
            _ = signals.next() => log::warn!("stopping at once: requests in progress are cut off"),
        }
    }
    end.min(Instant::now() + budget.drain / LAST_WORDS)
}
