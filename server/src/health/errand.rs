//! Work that may hang: each look waits for it a limited time. It is never started twice at a time.

use std::time::Duration;

use tokio::task::JoinHandle;
use tokio::time::timeout;

/// A task of which at most one instance runs.
#[derive(Debug)]
pub(super) struct Errand<T>(Option<JoinHandle<T>>);

impl<T> Default for Errand<T> {
    fn default() -> Self {
        Self(None)
    }
}

impl<T> Errand<T> {
    /// The result of the task. Starts the task unless it is running. `None` if it takes longer than
    /// `limit`, or panics.
    pub(super) async fn within(
        &mut self,
        limit: Duration,
        begin: impl FnOnce() -> JoinHandle<T>,
    ) -> Option<T> {
        let work = self.0.get_or_insert_with(begin);
        let ended = timeout(limit, work).await.ok()?;
        self.0 = None;
        ended.ok()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use tokio::sync::oneshot;

    use super::*;

    #[tokio::test]
    async fn what_hangs_is_not_begun_again() {
        let begun = AtomicU32::new(0);
        let (end, ended) = oneshot::channel();
        let mut ended = Some(ended);
        let mut begin = || {
            begun.fetch_add(1, Ordering::Relaxed);
            let ended = ended.take().unwrap();
            tokio::spawn(async { ended.await.unwrap() })
        };
        let mut errand = Errand::default();
        for _ in 0..3 {
            assert_eq!(errand.within(Duration::from_millis(1), &mut begin).await, None::<u32>);
        }
        end.send(7).unwrap();
        assert_eq!(errand.within(Duration::from_secs(10), &mut begin).await, Some(7));
        assert_eq!(begun.load(Ordering::Relaxed), 1);
    }
}
