//! Requests whose end is not on record yet.

use tokio_util::task::TaskTracker;
use tokio_util::task::task_tracker::TaskTrackerToken;

/// All of them. A clone counts the same.
#[derive(Debug, Clone, Default)]
pub(crate) struct Endings(TaskTracker);

impl Endings {
    /// One more, until the token is dropped.
    pub(super) fn begin(&self) -> TaskTrackerToken {
        self.0.token()
    }

    /// Waits until the end of each is on record.
    pub(super) async fn recorded(&self) {
        self.0.close();
        self.0.wait().await;
    }
}
