//! The entry point for audit events: it records them and lists them.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use sail_cargo_database::tables::audit_events::{self, NewEventRow, Trail};
use sail_cargo_database::transaction::transaction;
use sail_cargo_database::{Database, DatabaseError, ailment};

use super::decision::Decision;
use super::disk::AuditRoom;
use super::error::AuditError;
use super::event;
use super::failures::Failures;
use super::in_transaction::events_of;
use super::limits::AuditLimits;
use super::operator_act::OperatorAct;
use super::sink::AuditSink;
use super::spool::SpoolError;
use super::vitals::Vitals;
use super::watch::Watch;
use crate::domain::{At, AuditEvent, AuditFilter, Context, Outcome, ProjectId, Revision};
use crate::metrics::Metrics;

/// How long a listing waits until events accepted before it are in the database.
const FLUSH: Duration = Duration::from_secs(5);

/// The audit trail of one database. Cheap to clone.
#[derive(Clone)]
pub struct Audit {
    pub(super) database: Database,
    sink: AuditSink,
    watch: Watch,
    vitals: Arc<Vitals>,
    metrics: Arc<Metrics>,
}

impl Audit {
    /// A trail that writes verdicts directly to `database`, and ignores how full the disk is.
    pub fn new(database: Database, metrics: Arc<Metrics>) -> Self {
        let sink = AuditSink::direct(metrics.clone());
        Self { database, sink, watch: Watch::blind(), vitals: Arc::default(), metrics }
    }

    /// Writes verdicts through segment files in `directory`, and moves what dead servers left there
    /// to the database. A verdict then counts as recorded when it is in the file. A crash of the
    /// process loses nothing. A crash of the machine loses what was not in the database yet.
    ///
    /// # Errors
    /// [`SpoolError`] if the directory does not exist, or this server may not write to it.
    pub fn with_spool(self, directory: &Path) -> Result<Self, SpoolError> {
        let sink = AuditSink::spooled(directory, self.database.clone(), self.metrics.clone())?;
        Ok(Self { sink, ..self })
    }

    /// Keeps the audit trail within `limits` on the disks of the database file and of the `spool`,
    /// if any.
    #[must_use]
    pub fn with_limits(self, limits: AuditLimits, spool: Option<&Path>) -> Self {
        Self { watch: Watch::new(limits, self.database.file(), spool), ..self }
    }

    /// Records verdicts, all or none. Refusals beyond a rate are counted, and their number is
    /// recorded later. If this fails, the caller must not send an answer that depends on the
    /// verdicts.
    ///
    /// # Errors
    /// [`AuditError::Database`] if the database, or the spool if there is one, does not take the
    /// events; [`AuditError::DiskFull`] if there is no space for the record of an allowed request.
    pub async fn record(
        &self,
        context: &Context,
        decisions: Vec<Decision>,
    ) -> Result<(), AuditError> {
        let verdicts: Vec<_> = decisions.iter().map(Decision::labels).collect();
        let signed = decisions.iter().filter(|it| it.outcome == Outcome::Allow).count();
        if signed > 0 {
            self.watch.demand_room()?;
        }
        let refusals = &self.watch.refusals;
        let sifted = refusals.sift(context, decisions, self.watch.is_tight());
        self.accept(sifted.events).await?;
        // Counted only after success: a caller that gets an error retries, and is counted then.
        refusals.count(sifted.counted, context.now);
        self.metrics.signatures.increment(signed as u64);
        for verdict in verdicts {
            self.metrics.decisions.count(verdict);
        }
        Ok(())
    }

    /// Records an act of an operator that changes no row. If this fails, the caller must not send
    /// an answer that depends on it.
    ///
    /// # Errors
    /// [`AuditError::Database`] if the database, or the spool if there is one, does not take the
    /// event.
    pub async fn record_act(&self, context: &Context, act: OperatorAct) -> Result<(), AuditError> {
        Ok(self.accept(vec![event::of_act(context, act)]).await?)
    }

    /// Records events, all or none, even on a full disk.
    pub(super) async fn accept(&self, events: Vec<NewEventRow>) -> Result<(), DatabaseError> {
        if events.is_empty() {
            return Ok(());
        }
        let wait = self.vitals.wait();
        let recorded = self.sink.record(&self.database, events).await;
        wait.end(&recorded);
        recorded
    }

    /// Queues failures to authenticate for [`Audit::record_refusals`]. Beyond the limit of a day
    /// they are counted, and their number is recorded later.
    pub fn take_failures(&self, failures: Vec<Failures>, now: DateTime<Utc>) {
        self.watch.refusals.take_failures(failures, now, self.watch.is_tight());
    }

    /// Whether the last attempt to record refusals failed.
    pub fn owes_refusals(&self) -> bool {
        self.watch.refusals.is_behind()
    }

    /// Records the counted refusals that are due, or `all` of them. If this fails, the next call
    /// records the same events again, because they may have been recorded all the same.
    pub async fn record_refusals(&self, now: DateTime<Utc>, all: bool) {
        let owed = self.watch.refusals.owed(now, all);
        match self.accept(owed.clone()).await {
            Ok(()) => self.watch.refusals.paid(&owed),
            Err(error) if self.watch.refusals.failed() => {
                log::warn!("counted refusals are not recorded yet: {error}");
            }
            Err(_) => {}
        }
    }

    /// Lists events of one project: every event that this server recorded before the call, and what
    /// other servers have written.
    ///
    /// # Errors
    /// [`AuditError::Database`] if the database does not answer.
    pub async fn events(
        &self,
        project: ProjectId,
        filter: AuditFilter,
        at_least: Option<Revision>,
    ) -> Result<At<Vec<AuditEvent>>, AuditError> {
        self.flush().await?;
        let read = self.database.patient().read(project.clone(), at_least, |connection, _| {
            events_of(connection, project, filter)
        });
        Ok(read.await?)
    }

    /// Lists the operators' trail: their acts in any project, and events of no project.
    ///
    /// # Errors
    /// [`AuditError::Database`] if the database does not answer.
    pub async fn operators_events(
        &self,
        filter: AuditFilter,
    ) -> Result<Vec<AuditEvent>, AuditError> {
        self.flush().await?;
        let read = self.database.patient().run(|connection| {
            transaction(connection, |connection| {
                Trail::Operators.open(connection)?;
                audit_events::list(connection, &Trail::Operators, filter)
            })
        });
        Ok(read.await?)
    }

    /// Waits until every event that was recorded here is in the database.
    ///
    /// # Errors
    /// [`AuditError::Database`] if that takes too long.
    pub async fn flush(&self) -> Result<(), AuditError> {
        Ok(self.sink.flush(FLUSH).await?)
    }

    /// Whether verdicts stay in the spool because the database does not take them; `None` without a
    /// spool.
    pub fn is_behind(&self) -> Option<bool> {
        self.sink.is_behind()
    }

    /// The backlog: the number of calls that wait for the database or, with a spool, of events that
    /// are only in its files.
    pub fn depth(&self) -> usize {
        self.sink.depth()
    }

    /// Closes the spool after moving its events to the database, for at most `limit`. Returns how
    /// many events remain in the files.
    pub async fn close(&self, limit: Duration) -> usize {
        self.sink.close(limit).await
    }

    /// How much space there was for audit events at the last measurement.
    pub fn room(&self) -> AuditRoom {
        self.watch.room()
    }

    /// Measures how much space there is for audit events. Unused space in the database file counts.
    pub async fn measure_room(&self) {
        self.watch.measure(&self.database).await;
    }

    /// What is wrong with the spool's directory, as a sentence; `None` if nothing is, or there is
    /// no spool. With `write`, also tests whether a file can be written. Blocks for as long as the
    /// disk takes.
    pub fn spool_trouble(&self, write: bool) -> Option<String> {
        let error = self.sink.try_spool(write).err()?;
        Some(format!("verdicts cannot be recorded: {}", ailment::of_io(&error)))
    }

    /// What prevents verdicts from being recorded, as a sentence; `None` if nothing is known to.
    pub fn record_trouble(&self) -> Option<String> {
        self.vitals.trouble()
    }

    /// Whether to test that verdicts can be recorded: the last attempt failed, or there was none
    /// for a while.
    pub fn is_record_untried(&self) -> bool {
        self.vitals.is_untried()
    }

    /// Notes that a test verdict could be recorded.
    pub fn note_recordable(&self) {
        self.vitals.took();
    }
}

impl std::fmt::Debug for Audit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Audit").field("database", &self.database).finish_non_exhaustive()
    }
}
