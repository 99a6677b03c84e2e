//! Where verdicts go: the sink in front of the database.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use sail_cargo_database::tables::audit_events::NewEventRow;
use sail_cargo_database::{Database, DatabaseError};

use super::queue::Queue;
use super::spool::{Spool, SpoolError};
use crate::metrics::Metrics;

/// How verdicts get from those who reached them into the database. Cheap to clone.
#[derive(Clone)]
pub(super) struct AuditSink(SinkMode);

#[derive(Clone)]
enum SinkMode {
    /// They are on record when they are committed.
    Direct(Arc<Queue>),
    /// They are on record when a file has them.
    Spooled(Arc<Spool>),
}

impl AuditSink {
    /// Into the database at once.
    pub(super) fn direct(metrics: Arc<Metrics>) -> Self {
        Self(SinkMode::Direct(Arc::new(Queue::new(metrics))))
    }

    /// By way of segment files in `directory`.
    pub(super) fn spooled(
        directory: &Path,
        database: Database,
        metrics: Arc<Metrics>,
    ) -> Result<Self, SpoolError> {
        Ok(Self(SinkMode::Spooled(Arc::new(Spool::open(directory, database, metrics)?))))
    }

    /// Puts the events of one call on record, all or none.
    pub(super) async fn record(
        &self,
        database: &Database,
        events: Vec<NewEventRow>,
    ) -> Result<(), DatabaseError> {
        match &self.0 {
            SinkMode::Direct(queue) => queue.record(database.threads(), events).await,
            SinkMode::Spooled(spool) => spool.record(events),
        }
    }

    /// Waits until what is on record is in the database.
    pub(super) async fn flush(&self, limit: Duration) -> Result<(), DatabaseError> {
        match &self.0 {
            SinkMode::Direct(_) => Ok(()),
            SinkMode::Spooled(spool) => spool.flush(limit).await,
        }
    }

    /// Whether events are on record that the database did not take when it was last asked.
    pub(super) fn is_behind(&self) -> Option<bool> {
        match &self.0 {
            SinkMode::Direct(_) => None,
            SinkMode::Spooled(spool) => Some(spool.is_behind()),
        }
    }

    /// Calls that wait to be written, or events that are in files only.
    pub(super) fn depth(&self) -> usize {
        match &self.0 {
            SinkMode::Direct(queue) => queue.depth(),
            SinkMode::Spooled(spool) => spool.depth(),
        }
    }

    /// Whether the directory is there where events are spooled, and takes what is written, if that
    /// is to be tried.
    pub(super) fn try_spool(&self, write: bool) -> std::io::Result<()> {
        match &self.0 {
            SinkMode::Direct(_) => Ok(()),
            SinkMode::Spooled(spool) => spool.try_directory(write),
        }
    }

    /// Flushes, and takes nothing more; returns how many events are in files only.
    pub(super) async fn close(&self, limit: Duration) -> usize {
        match &self.0 {
            SinkMode::Direct(_) => 0,
            SinkMode::Spooled(spool) => spool.close(limit).await,
        }
    }
}
