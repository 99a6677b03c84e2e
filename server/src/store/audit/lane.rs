//! The way of verdicts into the database.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use super::event::Event;
use super::queue::Queue;
use super::spool::{Spool, SpoolError};
use crate::store::error::StoreError;
use crate::store::pool::Pool;

/// How verdicts get from those who reached them into the database. Cheap to clone.
#[derive(Clone)]
pub(in crate::store) struct Lane(Way);

#[derive(Clone)]
enum Way {
    /// They are on record when they are committed.
    Direct(Arc<Queue>),
    /// They are on record when a file has them.
    Spooled(Arc<Spool>),
}

impl Lane {
    /// Into the database at once.
    pub(in crate::store) fn direct() -> Self {
        Self(Way::Direct(Arc::default()))
    }

    /// By way of segment files in `directory`.
    pub(super) fn spooled(directory: &Path, pool: Pool) -> Result<Self, SpoolError> {
        Ok(Self(Way::Spooled(Arc::new(Spool::open(directory, pool)?))))
    }

    /// Puts the events of one call on record, all or none.
    pub(super) async fn record(&self, pool: &Pool, events: Vec<Event>) -> Result<(), StoreError> {
        match &self.0 {
            Way::Direct(queue) => queue.record(pool, events).await,
            Way::Spooled(spool) => spool.record(events),
        }
    }

    /// Waits until what is on record is in the database.
    pub(super) async fn flush(&self, limit: Duration) -> Result<(), StoreError> {
        match &self.0 {
            Way::Direct(_) => Ok(()),
            Way::Spooled(spool) => spool.flush(limit).await,
        }
    }

    /// Whether events are on record that the database did not take when it was last asked.
    pub(super) fn is_behind(&self) -> Option<bool> {
        match &self.0 {
            Way::Direct(_) => None,
            Way::Spooled(spool) => Some(spool.is_behind()),
        }
    }

    /// Flushes, and takes nothing more; returns how many events are in files only.
    pub(super) async fn close(&self, limit: Duration) -> usize {
        match &self.0 {
            Way::Direct(_) => 0,
            Way::Spooled(spool) => spool.close(limit).await,
        }
    }
}
