//! One who listens to a topic.

use tokio::sync::broadcast::Receiver;

use super::news::Told;
use crate::api::error::ApiError;

/// One who listens to a topic.
pub(in crate::api) trait Listener {
    type Batch;

    /// Everything that is told from now on.
    fn join(&self) -> Receiver<Told<Self::Batch>>;

    /// Events that were missed, from the database, and whether there are more.
    async fn catch_up(&mut self) -> Result<(String, bool), ApiError>;

    /// The events of `batch` that are new to this one. `None`: some before them are missing.
    fn hear(&mut self, batch: &Self::Batch) -> Option<String>;
}
