//! The interface of subscribers to a topic.

use tokio::sync::broadcast::Receiver;

use super::news::Told;
use crate::api::error::ApiError;

/// A subscriber to a topic.
pub(in crate::api) trait Listener {
    type Batch;

    /// Subscribes to everything that is sent from now on.
    fn join(&self) -> Receiver<Told<Self::Batch>>;

    /// Reads missed events from the database. Also returns whether there are more.
    async fn catch_up(&mut self) -> Result<(String, bool), ApiError>;

    /// The events of `batch` that are new to this subscriber; `None` if earlier events are missing.
    fn hear(&mut self, batch: &Self::Batch) -> Option<String>;
}
