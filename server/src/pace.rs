//! Long work beside others': a worker serves many requests, one at a time.

use std::time::Duration;

use tokio::time::Instant;

/// How long one request may have a worker before others are let in.
const SLICE: Duration = Duration::from_millis(10);

/// How long a request has had its worker.
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

    /// Stands between two steps, each of them short: when this request had the worker for long,
    /// others go first.
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

    /// Who came when: two who work three steps each.
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
