//! Load shedding. An overloaded server refuses new requests at once, which costs little. Otherwise
//! all requests would wait until none is answered in time.
//!
//! The server is overloaded if too many requests are in progress, or if the tasks of a worker have
//! been running late for a while. Soon after such an overload, a single late task suffices (as
//! CoDel drops packets, RFC 8289). Health checks are never refused.

use std::cell::Cell;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use actix_web::{HttpMessage as _, HttpRequest};
use tokio::time::{Instant, sleep};

use super::current;
use super::error::ApiError;

/// How often a worker measures how late its tasks run.
const PULSE: Duration = Duration::from_millis(20);
/// How late tasks may run. On a busy machine other processes also make them late.
const LATE: Duration = Duration::from_millis(100);
/// How long tasks must run late before requests are refused.
const FOR_LONG: Duration = Duration::from_millis(500);
/// How long after an overload a single late task suffices to refuse requests again.
const WARY: Duration = Duration::from_secs(2);

thread_local! {
    static PACE: Cell<Pace> = Cell::new(Pace::default());
}

/// How late the tasks of a worker run.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Pace {
    late_since: Option<Instant>,
    wary_until: Option<Instant>,
    is_overrun: bool,
}

impl Pace {
    /// The state after a task ran this `late` at `now`.
    fn after(self, late: Duration, now: Instant) -> Self {
        if late <= LATE {
            return Self { late_since: None, is_overrun: false, ..self };
        }
        let since = self.late_since.unwrap_or(now);
        let is_wary = self.wary_until.is_some_and(|end| now < end);
        let is_overrun = is_wary || now - since >= FOR_LONG;
        let wary_until = if is_overrun { Some(now + WARY) } else { self.wary_until };
        Self { late_since: Some(since), wary_until, is_overrun }
    }
}

/// Measures how late this worker's tasks run, forever.
pub(super) async fn feel() {
    loop {
        let due = Instant::now() + PULSE;
        sleep(PULSE).await;
        let now = Instant::now();
        PACE.with(|pace| pace.set(pace.get().after(now - due, now)));
    }
}

/// The requests in progress.
#[derive(Debug)]
pub struct Crowd {
    limit: usize,
    inside: Arc<AtomicUsize>,
    sent_away: Mutex<SentAway>,
}

/// Refused requests that are not in the log yet.
#[derive(Debug, Default)]
struct SentAway {
    count: u64,
    said: Option<Instant>,
}

/// One request in progress. Dropping it makes room for another.
struct Admission(Arc<AtomicUsize>);

impl Crowd {
    /// Admits at most `limit` requests at a time. Zero is no limit, and then late tasks do not
    /// count either.
    pub fn new(limit: usize) -> Self {
        Self { limit, inside: Arc::default(), sent_away: Mutex::default() }
    }

    fn enter(&self) -> Option<Admission> {
        if self.limit > 0 && PACE.get().is_overrun {
            return None;
        }
        let place = Admission(self.inside.clone());
        let inside = self.inside.fetch_add(1, Ordering::Relaxed);
        (self.limit == 0 || inside < self.limit).then_some(place)
    }

    /// Logs at most one line per second for all refused requests: a line for each would cost time
    /// that the server lacks.
    fn say(&self) {
        let mut sent_away = self.sent_away.lock().unwrap_or_else(PoisonError::into_inner);
        sent_away.count += 1;
        let now = Instant::now();
        if sent_away.said.is_none_or(|said| now - said >= Duration::from_secs(1)) {
            let count = std::mem::take(&mut sent_away.count);
            sent_away.said = Some(now);
            drop(sent_away);
            log::warn!("overloaded: {count} requests were refused with 503");
        }
    }
}

impl Drop for Admission {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Admits the request, if the server has capacity.
///
/// # Errors
/// [`ApiError::Unavailable`] with the code `overloaded` if it has none.
pub(super) fn enter(request: &HttpRequest, crowd: &Crowd) -> Result<(), ApiError> {
    let Some(place) = crowd.enter() else {
        crowd.say();
        current::untold();
        return Err(ApiError::Unavailable {
            code: "overloaded",
            detail: "the server is overloaded: try again later",
        });
    };
    request.extensions_mut().insert(place);
    Ok(())
}

/// Gives the request's place to another request: it is answered, or it waits for its own body or
/// for news, which is no work.
pub(super) fn leave(request: &HttpRequest) {
    request.extensions_mut().remove::<Admission>();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn being_late_counts_when_it_lasts_and_at_once_soon_after() {
        let begin = Instant::now() + Duration::from_mins(1);
        let at = |millis: u64| begin + Duration::from_millis(millis);
        let (late, prompt) = (Duration::from_millis(120), Duration::from_millis(1));
        let mut pace = Pace::default();
        for (now, felt, overrun, why) in [
            (120, late, false, "a burst"),
            (300, late, false, "still"),
            (320, prompt, false, "over"),
            (500, late, false, "another"),
            (900, late, false, "not long"),
            (1_000, late, true, "it lasts"),
            (1_020, prompt, false, "over"),
            (1_160, late, true, "soon after"),
            (3_170, prompt, false, "over"),
            (3_300, late, false, "long after"),
        ] {
            pace = pace.after(felt, at(now));
            assert_eq!(pace.is_overrun, overrun, "{now} ms: {why}");
        }
    }
}
