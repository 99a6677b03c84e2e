//! The one door for events: what goes on record, and what is told of it.

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

/// How long a listing waits for what was accepted before it to be written.
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
    /// Of `database`, which has verdicts at once. No disk is looked at.
    pub fn new(database: Database, metrics: Arc<Metrics>) -> Self {
        let sink = AuditSink::direct(metrics.clone());
        Self { database, sink, watch: Watch::blind(), vitals: Arc::default(), metrics }
    }

    /// Has verdicts go through segment files in `directory`, and writes what servers that died
    /// left there. From then on a verdict is on record when the file has it: a process that dies
    /// loses nothing, a machine that dies loses what was not written to the database yet.
    ///
    /// # Errors
    /// The directory is not there, or is not this server's to write to.
    pub fn with_spool(self, directory: &Path) -> Result<Self, SpoolError> {
        let sink = AuditSink::spooled(directory, self.database.clone(), self.metrics.clone())?;
        Ok(Self { sink, ..self })
    }

    /// Has the audit trail keep within `limits`, on the disks of the database file and of the
    /// `spool`, where there are any.
    #[must_use]
    pub fn with_limits(self, limits: AuditLimits, spool: Option<&Path>) -> Self {
        Self { watch: Watch::new(limits, self.database.file(), spool), ..self }
    }

    /// Records verdicts, all or none; of refusals beyond a rate how many there are, later. When
    /// this fails, nothing may be answered that depends on them.
    ///
    /// # Errors
    /// They were not taken: by the database, or by the spool, where there is one. There is no room
    /// for what is allowed.
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
        // Whoever is told that it failed asks again, and is counted then.
        refusals.count(sifted.counted, context.now);
        self.metrics.signatures.increment(signed as u64);
        for verdict in verdicts {
            self.metrics.decisions.count(verdict);
        }
        Ok(())
    }

    /// Records what an operator did, or tried, that leaves no row to change. When this fails,
    /// nothing may be answered that depends on it.
    ///
    /// # Errors
    /// It was not taken: by the database, or by the spool, where there is one.
    pub async fn record_act(&self, context: &Context, act: OperatorAct) -> Result<(), AuditError> {
        Ok(self.accept(vec![event::of_act(context, act)]).await?)
    }

    /// Puts events on record, all or none, however full the disk is.
    pub(super) async fn accept(&self, events: Vec<NewEventRow>) -> Result<(), DatabaseError> {
        if events.is_empty() {
            return Ok(());
        }
        let wait = self.vitals.wait();
        let recorded = self.sink.record(&self.database, events).await;
        wait.end(&recorded);
        recorded
    }

    /// Takes failures to authenticate that [`Audit::record_refusals`] is to record; beyond a day's
    /// share how many there are, later.
    pub fn take_failures(&self, failures: Vec<Failures>, now: DateTime<Utc>) {
        self.watch.refusals.take_failures(failures, now, self.watch.is_tight());
    }

    /// Whether refusals could not be recorded when it was tried last.
    pub fn owes_refusals(&self) -> bool {
        self.watch.refusals.is_behind()
    }

    /// Records the refusals that were counted until now, if their time is over, or `all` of them.
    /// What cannot be recorded now is tried again as it is: it may be on record all the same.
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

    /// Lists events of one project: all that were recorded here before, and what other servers
    /// have written.
    ///
    /// # Errors
    /// The database is not available.
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

    /// Lists the operators' own events, of all projects and of none.
    ///
    /// # Errors
    /// The database is not available.
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

    /// Waits until what was recorded here is in the database.
    ///
    /// # Errors
    /// It is not there in time.
    pub async fn flush(&self) -> Result<(), AuditError> {
        Ok(self.sink.flush(FLUSH).await?)
    }

    /// Whether verdicts are gathering in the spool because the database does not take them;
    /// `None` without a spool.
    pub fn is_behind(&self) -> Option<bool> {
        self.sink.is_behind()
    }

    /// What is not in the database yet: calls that wait to be written; with a spool, events that
    /// are in its files only.
    pub fn depth(&self) -> usize {
        self.sink.depth()
    }

    /// Takes no more verdicts into the spool, and writes those that are in it, for `limit` at
    /// most. Returns how many stay there.
    pub async fn close(&self, limit: Duration) -> usize {
        self.sink.close(limit).await
    }

    /// How much room there is for audit events, as it was looked at last.
    pub fn room(&self) -> AuditRoom {
        self.watch.room()
    }

    /// Looks how much room there is for audit events. What the database file has to spare counts.
    pub async fn measure_room(&self) {
        self.watch.measure(&self.database).await;
    }

    /// What is wrong, in a sentence, where events are spooled, if they are: the directory is gone, or
    /// takes nothing that is written, which is tried with `write`. It takes as long as the disk does.
    pub fn spool_trouble(&self, write: bool) -> Option<String> {
        let error = self.sink.try_spool(write).err()?;
        Some(format!("verdicts cannot be recorded: {}", ailment::of_io(&error)))
    }

    /// What keeps verdicts from being recorded, in a sentence; `None` if nothing is known to.
    pub fn record_trouble(&self) -> Option<String> {
        self.vitals.trouble()
    }

    /// Whether it should be tried if a verdict could be recorded: the last was not, or there was
    /// none for a while.
    pub fn is_record_untried(&self) -> bool {
        self.vitals.is_untried()
    }

    /// Notes that a verdict could be recorded when it was tried.
    pub fn note_recordable(&self) {
        self.vitals.took();
    }
}

impl std::fmt::Debug for Audit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Audit").field("database", &self.database).finish_non_exhaustive()
    }
}
