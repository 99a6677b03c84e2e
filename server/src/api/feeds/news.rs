//! The messages from a producer to its subscribers.

use std::sync::Arc;

use sail_cargo_protocol::Problem;

use crate::domain::AuditEvent;
use crate::service::LiveKeys;

/// What one query found, or the problem that ended the producer.
pub(in crate::api) type Told<T> = Result<Arc<News<T>>, Arc<Problem>>;

/// What one query found.
#[derive(Debug)]
pub(in crate::api) struct News<T> {
    pub(super) told: T,
    /// The project's valid keys, if they may have changed.
    pub(super) keys: Option<Arc<LiveKeys>>,
}

/// The changes after the revision `from`, up to `to`.
#[derive(Debug)]
pub(in crate::api) struct ChangeBatch {
    pub(super) from: i64,
    pub(in crate::api) to: i64,
    /// Each event with its revision.
    pub(super) events: Vec<(i64, String)>,
}

/// Audit events in the order of their ids.
#[derive(Debug)]
pub(in crate::api) struct TrailBatch {
    pub(super) events: Vec<(AuditEvent, String)>,
    /// All events up to this id have been sent; no further ones can appear.
    pub(super) settled: String,
}
