//! Room for so many requests at once. Who waits for it waits for others to be answered, not for
//! the server: that is no time the server took.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::sync::{Semaphore, SemaphorePermit};

use crate::Error;

/// Places for requests that are under way, first come, first served.
#[derive(Debug)]
pub(super) struct Room {
    places: Semaphore,
    /// How many requests were answered.
    answered: AtomicU64,
}

impl Room {
    pub(super) fn new(places: usize) -> Self {
        Self { places: Semaphore::new(places), answered: AtomicU64::new(0) }
    }

    /// Waits for a place for as long as others are answered: the server is late when it has
    /// answered nobody within `patience`.
    ///
    /// # Errors
    /// It is late.
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

    /// Notes that a request was answered.
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
