//! What is told: what one look found, for all who listen to a topic.

use std::sync::Arc;

use sail_cargo_protocol::Problem;

use crate::domain::AuditEvent;
use crate::service::LiveKeys;

/// What one look found, or why there is no more to come.
pub(in crate::api) type Told<T> = Result<Arc<News<T>>, Arc<Problem>>;

/// What one look found.
#[derive(Debug)]
pub(in crate::api) struct News<T> {
    pub(super) told: T,
    /// The project's keys, where they may have changed.
    pub(super) keys: Option<Arc<LiveKeys>>,
}

/// The changes behind the revision `from`, up to `to`.
#[derive(Debug)]
pub(in crate::api) struct ChangeBatch {
    pub(super) from: i64,
    pub(in crate::api) to: i64,
    /// Each with its revision.
    pub(super) events: Vec<(i64, String)>,
}

/// Audit events in the order of their ids.
#[derive(Debug)]
pub(in crate::api) struct TrailBatch {
    pub(super) events: Vec<(AuditEvent, String)>,
    /// Up to this id all is told that ever will be.
    pub(super) settled: String,
}
