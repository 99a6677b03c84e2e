//! Cooperative scheduling of long work: one worker thread serves many requests, one at a time.

use std::time::Duration;

use tokio::time::Instant;

/// How long a request may run before it yields to other requests.
const SLICE: Duration = Duration::from_millis(10);

/// How long the current request has run on its worker since it last yielded.
#[derive(Debug)]
pub(crate) struct Pace {
    since: Instant,
    slice: Duration,
}

impl Default for Pace {
    fn default() -> Self {
        Self::of(SLICE)
    }
}

impl Pace {
    fn of(slice: Duration) -> Self {
        Self { since: Instant::now(), slice }
    }

    /// Call this between two short steps of a long task. It yields to other requests when this
    /// request has run longer than its time slice.
    pub(crate) async fn step(&mut self) {
        if self.since.elapsed() >= self.slice {
            tokio::task::yield_now().await;
            self.since = Instant::now();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use super::*;

    /// The order in which two tasks of three steps each run.
    async fn order(slice: Duration) -> String {
        let came = RefCell::new(String::new());
        let work = async |name: char| {
            let mut pace = Pace::of(slice);
            for _ in 0..3 {
                came.borrow_mut().push(name);
                pace.step().await;
            }
        };
        tokio::join!(biased; work('a'), work('b'));
        came.into_inner()
    }

    #[tokio::test]
    async fn who_had_a_worker_for_long_lets_others_in() {
        assert_eq!(order(Duration::ZERO).await, "ababab");
        assert_eq!(order(Duration::MAX).await, "aaabbb");
    }
}
