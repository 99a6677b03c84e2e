//! Looks after the threads, and after what waits for them.

use std::sync::{Arc, PoisonError};
use std::time::{Duration, Instant};

use super::Shared;
use crate::error::{Busy, DatabaseError};
use crate::patience::StatementPatience;

/// How often it looks.
const EVERY: Duration = Duration::from_millis(200);

/// What is short may take as long as so many of its statements, in all.
const STATEMENTS: u32 = 2;

/// Until the pool is closed and its threads are gone.
pub(crate) fn watch(shared: &Arc<Shared>) {
    let mut state = shared.lock();
    while !state.closed || state.hands() > 0 {
        let now = Instant::now();
        let lost = state.abandon(|patience| shared.manager.limit(patience), now);
        let overdue =
            state.take_overdue(STATEMENTS * shared.manager.limit(StatementPatience::Short), now);
        let stale = state.take_stale(now);
        let alone = state.abandoned();
        // One for each that is lost; whoever asks hires for themselves.
        for _ in 0..lost.len().max(1) {
            if state.needs_hands() && state.may_hire(shared.size, now) {
                shared.hire(&mut state);
            }
        }
        if !lost.is_empty() {
            // They may have stood before others.
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
