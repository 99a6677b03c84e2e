//! The sink for verdicts: directly into the database, or through the spool.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use sail_cargo_database::tables::audit_events::NewEventRow;
use sail_cargo_database::{Database, DatabaseError};

use super::queue::Queue;
use super::spool::{Spool, SpoolError};
use crate::metrics::Metrics;

/// The path of verdicts into the database. Cheap to clone.
#[derive(Clone)]
pub(super) struct AuditSink(SinkMode);

#[derive(Clone)]
enum SinkMode {
    /// A verdict counts as recorded when it is committed.
    Direct(Arc<Queue>),
    /// A verdict counts as recorded when it is in a spool file.
    Spooled(Arc<Spool>),
}

impl AuditSink {
    /// A sink that writes directly to the database.
    pub(super) fn direct(metrics: Arc<Metrics>) -> Self {
        Self(SinkMode::Direct(Arc::new(Queue::new(metrics))))
    }

    /// A sink that writes to segment files in `directory` first.
    pub(super) fn spooled(
        directory: &Path,
        database: Database,
        metrics: Arc<Metrics>,
    ) -> Result<Self, SpoolError> {
        Ok(Self(SinkMode::Spooled(Arc::new(Spool::open(directory, database, metrics)?))))
    }

    /// Records the events of one call, all or none.
    pub(super) async fn record(
        &self,
        database: &Database,
        events: Vec<NewEventRow>,
    ) -> Result<(), DatabaseError> {
        match &self.0 {
            SinkMode::Direct(queue) => queue.record(database.threads(), events).await,
            SinkMode::Spooled(spool) => spool.record(events).await,
        }
    }

    /// Waits until every recorded event is in the database.
    pub(super) async fn flush(&self, limit: Duration) -> Result<(), DatabaseError> {
        match &self.0 {
            SinkMode::Direct(_) => Ok(()),
            SinkMode::Spooled(spool) => spool.flush(limit).await,
        }
    }

    /// Whether the last attempt to move spooled events to the database failed; `None` without a
    /// spool.
    pub(super) fn is_behind(&self) -> Option<bool> {
        match &self.0 {
            SinkMode::Direct(_) => None,
            SinkMode::Spooled(spool) => Some(spool.is_behind()),
        }
    }

    /// The number of calls that wait for the database, or of events that are only in spool files.
    pub(super) fn depth(&self) -> usize {
        match &self.0 {
            SinkMode::Direct(queue) => queue.depth(),
            SinkMode::Spooled(spool) => spool.depth(),
        }
    }

    /// Checks the spool's directory: that it exists or, with `write`, that a file can be written.
    pub(super) fn try_spool(&self, write: bool) -> std::io::Result<()> {
        match &self.0 {
            SinkMode::Direct(_) => Ok(()),
            SinkMode::Spooled(spool) => spool.try_directory(write),
        }
    }

    /// Flushes and closes the spool. Returns how many events are only in its files.
    pub(super) async fn close(&self, limit: Duration) -> usize {
        match &self.0 {
            SinkMode::Direct(_) => 0,
            SinkMode::Spooled(spool) => spool.close(limit).await,
        }
    }
}
