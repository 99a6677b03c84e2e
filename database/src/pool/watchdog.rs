//! Watches the pool's threads and queues, and refuses jobs whose time is over.

use std::sync::{Arc, PoisonError};
use std::time::{Duration, Instant};

use super::Shared;
use crate::error::{Busy, DatabaseError};
use crate::patience::StatementPatience;

/// How often the watchdog looks.
const EVERY: Duration = Duration::from_millis(200);

/// A short job may take as long as this many of its statements.
const STATEMENTS: u32 = 2;

/// Runs until the pool is closed and its threads have ended.
pub(crate) fn watch(shared: &Arc<Shared>) {
    let mut state = shared.lock();
    while !state.closed || state.hands() > 0 {
        let now = Instant::now();
        let lost = state.abandon(|patience| shared.manager.limit(patience), now);
        let overdue =
            state.take_overdue(STATEMENTS * shared.manager.limit(StatementPatience::Short), now);
        let stale = state.take_stale(now);
        let alone = state.abandoned();
        // Starts one thread for each lost one. Callers that queue a job start further ones
        // themselves.
        for _ in 0..lost.len().max(1) {
            if state.needs_hands() && state.may_hire(shared.size, now) {
                shared.hire(&mut state);
            }
        }
        if !lost.is_empty() {
            // The lost threads may have been the ones that were woken for queued jobs.
            shared.wake.notify_all();
        }
        let is_closed = state.closed;
        drop(state);
        if is_closed && !lost.is_empty() {
            shared.watch.notify_all();
        }
        for caller in lost {
            log::error!(
                "the database did not answer in time: the connection is given up ({alone} threads \
                 still wait for an answer)"
            );
            caller.refuse(DatabaseError::unavailable("the database did not answer in time"));
        }
        for caller in overdue {
            log::warn!("a query takes too long: its caller gets 503");
            caller.refuse(DatabaseError::unavailable("the database takes too long"));
        }
        for job in stale {
            job.refuse(DatabaseError::unavailable(Busy));
        }
        state = shared.lock();
        state = if state.is_quiet() && !state.closed {
            shared.watch.wait(state).unwrap_or_else(PoisonError::into_inner)
        } else {
            let woken = shared.watch.wait_timeout(state, EVERY);
            woken.unwrap_or_else(PoisonError::into_inner).0
        };
    }
}
