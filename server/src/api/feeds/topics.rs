//! What can be listened to.

use std::sync::Arc;

use super::board::Board;
use super::news::{ChangeBatch, Told, TrailBatch};
use crate::domain::ProjectId;

/// The topics of one server.
#[derive(Debug, Default)]
pub struct Feeds {
    /// Each project's changes.
    pub(super) changes: Arc<Board<ProjectId, Told<ChangeBatch>>>,
    /// Each project's audit trail; without one, the operators'.
    pub(super) trails: Arc<Board<Option<ProjectId>, Told<TrailBatch>>>,
}
