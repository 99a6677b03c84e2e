//! Verdicts on record in files, until the database has them.
//!
//! A verdict is appended to a segment with one write and no sync: it outlives the process, and a
//! power cut only once the writer has moved it to the database, moments later. A segment belongs
//! to whoever holds its lock, so that servers may share a directory, and what a dead one left is
//! anybody's who can read it.

mod line;
mod line_1;
mod line_2;
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

/// Why there is no spool, and so no server.
#[derive(Debug, thiserror::Error)]
#[error("SAIL_CARGO_AUDIT_SPOOL (--audit-spool): {path}: {error}", path = .path.display())]
pub struct SpoolError {
    /// What is in the way.
    path: PathBuf,
    /// How.
    #[source]
    error: std::io::Error,
}

/// The files of this server, and the thread that moves what is in them to the database. Dropped,
/// the thread ends; what it did not move stays in the files.
pub(super) struct Spool(Arc<Shared>);

impl Spool {
    /// Begins a segment in `directory`, and takes those that nobody holds.
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

    /// Appends `events` to the segment: on record when this returns.
    pub(super) fn record(&self, events: Vec<NewEventRow>) -> Result<(), DatabaseError> {
        let mut lines = Vec::with_capacity(512 * events.len());
        events.iter().try_for_each(|event| line::write(event, &mut lines))?;
        self.0.accept(events, &lines)
    }

    /// Waits until what was recorded before is in the database.
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

    /// How many events are in files only.
    pub(super) fn depth(&self) -> usize {
        self.0.depth()
    }

    /// Whether the writer could not write when it last tried.
    pub(super) fn is_behind(&self) -> bool {
        self.0.is_behind()
    }

    /// Whether the directory is there, and takes what is written, if that is to be tried.
    pub(super) fn try_directory(&self, write: bool) -> std::io::Result<()> {
        self.0.try_directory(write)
    }

    /// Flushes, and takes nothing more; returns how many events stay in the files.
    pub(super) async fn close(&self, limit: Duration) -> usize {
        self.flush(limit).await.ok();
        self.0.close()
    }
}

impl Drop for Spool {
    fn drop(&mut self) {
        self.0.close();
    }
}
