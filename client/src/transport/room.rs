//! Limits the number of requests in flight. A request that waits for others to finish does not use
//! up the time limit of the server.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::sync::{Semaphore, SemaphorePermit};

use crate::Error;

/// Permits for requests in flight, first come, first served.
#[derive(Debug)]
pub(super) struct Room {
    places: Semaphore,
    /// The number of requests that got a response.
    answered: AtomicU64,
}

impl Room {
    pub(super) fn new(places: usize) -> Self {
        Self { places: Semaphore::new(places), answered: AtomicU64::new(0) }
    }

    /// Waits for a permit as long as other requests get responses.
    ///
    /// # Errors
    /// A timeout if no request gets a response within `patience`.
    pub(super) async fn enter(&self, patience: Duration) -> Result<SemaphorePermit<'_>, Error> {
        let place = self.places.acquire();
        tokio::pin!(place);
        loop {
            let before = self.answered.load(Ordering::Relaxed);
            match tokio::time::timeout(patience, &mut place).await {
                Ok(place) => return place.map_err(Error::lost),
                Err(_) if self.answered.load(Ordering::Relaxed) == before => {
                    return Err(Error::late());
                }
                Err(_) => {}
            }
        }
    }

    /// Counts a response.
    pub(super) fn note_answer(&self) {
        self.answered.fetch_add(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PATIENCE: Duration = Duration::from_secs(5);

    #[tokio::test(start_paused = true)]
    async fn who_waits_for_others_is_not_late_and_who_waits_for_nothing_is() {
        let room = Room::new(1);
        let held = room.enter(PATIENCE).await.unwrap();
        let others = async {
            for _ in 0..10 {
                tokio::time::sleep(PATIENCE / 2).await;
                room.note_answer();
            }
            drop(held);
        };
        let (entered, ()) = tokio::join!(room.enter(PATIENCE), others);
        let _held = entered.expect("others were answered all the time");

        let begun = tokio::time::Instant::now();
        assert!(room.enter(PATIENCE).await.unwrap_err().is_timeout());
        assert_eq!(begun.elapsed(), PATIENCE, "nobody was answered");
    }
}
