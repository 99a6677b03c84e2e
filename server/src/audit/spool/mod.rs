//! The spool: files that hold verdicts until the database has them.
//!
//! A verdict is appended to a segment without a sync. It survives a crash of the process. It
//! survives a power cut only after the writer has moved it to the database, moments later. Requests
//! that a worker handles in one turn of its loop share one write. A segment belongs to the process that holds its lock. So servers may share a directory,
//! and any of them may take over the segments of a dead one.

mod line;
mod line_1;
mod line_2;
mod line_3;
mod recovery;
mod segment;
mod state;
mod writer;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use sail_cargo_database::tables::audit_events::NewEventRow;
use sail_cargo_database::{Database, DatabaseError};

use segment::Segment;
use state::Shared;
use writer::Writer;

use crate::metrics::Metrics;

/// Why the spool could not be opened. The server does not start without it.
#[derive(Debug, thiserror::Error)]
#[error("SAIL_CARGO_AUDIT_SPOOL (--audit-spool): {path}: {error}", path = .path.display())]
pub struct SpoolError {
    /// The file or directory that failed.
    path: PathBuf,
    /// The cause.
    #[source]
    error: std::io::Error,
}

/// The open segments of this server, and the thread that moves their events to the database.
/// Dropping the spool ends the thread; the remaining events stay in the files.
pub(super) struct Spool(Arc<Shared>);

impl Spool {
    /// Opens a new segment in `directory`, and takes over segments without an owner.
    pub(super) fn open(
        directory: &Path,
        database: Database,
        metrics: Arc<Metrics>,
    ) -> Result<Self, SpoolError> {
        let wrong = |path: &Path, error| SpoolError { path: path.to_owned(), error };
        let left_behind = recovery::take(directory).map_err(|(path, error)| wrong(&path, error))?;
        let segment = Segment::begin(directory, 1).map_err(|error| wrong(directory, error))?;
        let shared = Arc::new(Shared::new(directory.to_owned(), segment));
        let writer = Writer::new(shared.clone(), database, metrics);
        std::thread::Builder::new()
            .name("audit-spool".to_owned())
            .spawn(move || writer.run(left_behind))
            .map_err(|error| wrong(directory, error))?;
        Ok(Self(shared))
    }

    /// Appends `events` to the segment, all or none. They count as recorded when this returns.
    /// Other requests that can go on do so first, and share the write.
    pub(super) async fn record(&self, events: Vec<NewEventRow>) -> Result<(), DatabaseError> {
        let mut lines = Vec::with_capacity(512 * events.len());
        events.iter().try_for_each(|event| line::write(event, &mut lines))?;
        let number = Some(self.0.gather(events, &lines)?);
        let gathered = GatheredBatch { number, shared: &self.0 };
        tokio::task::yield_now().await;
        gathered.append()
    }

    /// Waits until every event that was recorded before is in the database.
    pub(super) async fn flush(&self, limit: Duration) -> Result<(), DatabaseError> {
        let Some(number) = self.0.want_all() else { return Ok(()) };
        let mut settled = self.0.settled();
        let reached = settled.wait_for(|settled| *settled >= number);
        match tokio::time::timeout(limit, reached).await {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(error)) => Err(DatabaseError::unavailable(error)),
            Err(_) => {
                Err(DatabaseError::unavailable("audit events wait in the spool to be written"))
            }
        }
    }

    /// The number of events that are only in the files.
    pub(super) fn depth(&self) -> usize {
        self.0.depth()
    }

    /// Whether the writer's last attempt failed.
    pub(super) fn is_behind(&self) -> bool {
        self.0.is_behind()
    }

    /// Checks that the directory exists or, with `write`, that a file can be written.
    pub(super) fn try_directory(&self, write: bool) -> std::io::Result<()> {
        self.0.try_directory(write)
    }

    /// Flushes and closes the spool. Returns how many events stay in the files.
    pub(super) async fn close(&self, limit: Duration) -> usize {
        self.flush(limit).await.ok();
        self.0.close()
    }
}

/// A batch that waits for a write. If its caller is gone by then, the batch is appended all the
/// same: nobody else may come to do it.
struct GatheredBatch<'a> {
    /// `None` after it was appended.
    number: Option<u64>,
    shared: &'a Shared,
}

impl GatheredBatch<'_> {
    fn append(mut self) -> Result<(), DatabaseError> {
        self.number.take().map_or(Ok(()), |number| self.shared.append(number))
    }
}

impl Drop for GatheredBatch<'_> {
    fn drop(&mut self) {
        if let Some(Err(error)) = self.number.take().map(|number| self.shared.append(number)) {
            log::warn!("an event whose caller is gone was not recorded: {error}");
        }
    }
}

impl Drop for Spool {
    fn drop(&mut self) {
        self.0.close();
    }
}
