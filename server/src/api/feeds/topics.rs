//! The topics of event feeds.

use std::sync::Arc;

use super::board::Board;
use super::news::{ChangeBatch, Told, TrailBatch};
use crate::domain::ProjectId;

/// The topics of one server.
#[derive(Debug, Default)]
pub struct Feeds {
    /// The changes of each project.
    pub(super) changes: Arc<Board<ProjectId, Told<ChangeBatch>>>,
    /// The audit trail of each project; `None` is the operators' trail.
    pub(super) trails: Arc<Board<Option<ProjectId>, Told<TrailBatch>>>,
}
