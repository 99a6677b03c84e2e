//! The audit trail: who asked for what, and how it ended.
//!
//! A change is recorded in its own transaction. Verdicts take the [`AuditSink`]: one writer commits
//! whatever has gathered. Operators have a trail of their own: what they did, in whatever project,
//! and what belongs to no project.

mod commit;
mod disk;
mod event;
mod filter;
mod limits;
mod outcome;
mod prune;
mod queue;
mod refusals;
mod rows;
mod shared;
mod sink;
mod spool;
mod tally;
mod watch;
mod write_check;

use std::borrow::Cow;
use std::path::Path;
use std::time::Duration;

use chrono::{DateTime, Utc};
use diesel::Connection as _;
use sail_cargo_protocol::{AuditEvent, Outcome};

pub(super) use commit::is_final;
pub use disk::AuditRoom;
pub use filter::{AuditFilter, AuditPlace};
pub use limits::AuditLimits;
pub use prune::Pruned;
pub(super) use sink::AuditSink;
pub use spool::SpoolError;
pub(super) use watch::Watch;
pub(super) use write_check::try_recording;

use super::Database;
use super::connection::{DbConnection, set_operators};
use super::error::StoreError;
use crate::domain::{At, Context, KeyId, Origin, ProjectId, Revision, Slug};
use event::Event;
use rows::Trail;

/// How long a listing waits for what was accepted before it to be written.
const FLUSH: Duration = Duration::from_secs(5);

/// Text that is mostly one of ours, and then not copied.
pub type Text = Cow<'static, str>;

/// A verdict to be recorded.
#[derive(Debug, Clone)]
pub struct Decision {
    /// The project it was made in.
    pub project: ProjectId,
    /// Such as `s3:PutObject` or `grant.put`.
    pub action: &'static str,
    /// The bucket, where there is one.
    pub bucket: Option<String>,
    /// The key, prefix or subject, where there is one.
    pub object: Option<String>,
    /// The verdict.
    pub outcome: Outcome,
    /// `ok`, or the code of the refusal.
    pub reason: &'static str,
    /// The sentence that went with it.
    pub detail: Text,
    /// The revision it was decided at.
    pub revision: Option<i64>,
    /// For signatures: what joins the event with the storage's own log.
    pub request: Option<SignedRequest>,
}

/// What the storage's access log shows of a signed request, too.
#[derive(Debug, Clone)]
pub struct SignedRequest {
    /// The method.
    pub method: Text,
    /// The payload hash or kind.
    pub payload: Option<Text>,
    /// The access key id it was signed with.
    pub access_key_id: Option<String>,
}

/// What an operator did outside of projects, or tried.
#[derive(Debug, Clone)]
pub struct OperatorAct {
    /// Such as `store.put`.
    pub action: &'static str,
    /// To what, such as a store's name.
    pub object: Option<String>,
    /// How it ended.
    pub outcome: Outcome,
    /// `ok`, or the code of what stood in the way.
    pub reason: &'static str,
    /// The sentence that goes with it. No secret.
    pub detail: String,
}

impl OperatorAct {
    /// One that was done.
    pub fn done(action: &'static str, object: &Slug, detail: String) -> Self {
        let object = Some(object.to_string());
        Self { action, object, outcome: Outcome::Allow, reason: "ok", detail }
    }

    /// One that came to nothing.
    pub fn failed(
        action: &'static str,
        object: &Slug,
        reason: &'static str,
        detail: String,
    ) -> Self {
        let object = Some(object.to_string());
        Self { action, object, outcome: Outcome::Deny, reason, detail }
    }
}

/// Failures to authenticate that were alike, within a minute.
#[derive(Debug, Clone)]
pub struct Failures {
    /// Whose trail they belong to: the project of a key that is known; none, where none is.
    pub project: Option<ProjectId>,
    /// What was shown, never so much that it opens anything: `key:8fK2mQ0ZtYb1`, `token`.
    pub shown: String,
    /// The good key that came with it.
    pub via_key: Option<KeyId>,
    /// The code of what was wrong with it.
    pub reason: &'static str,
    /// The sentence that goes with it.
    pub detail: Text,
    /// Where the first came from.
    pub origin: Origin,
    /// The request of the first.
    pub request_id: String,
    /// How many they are.
    pub count: u64,
    /// When the first was.
    pub first: DateTime<Utc>,
    /// When the last was.
    pub last: DateTime<Utc>,
}

impl Database {
    /// Has verdicts go through segment files in `directory`, and writes what servers that died
    /// left there. From then on a verdict is on record when the file has it: a process that dies
    /// loses nothing, a machine that dies loses what was not written to the database yet.
    ///
    /// # Errors
    /// The directory is not there, or is not this server's to write to.
    pub fn with_audit_spool(self, directory: &Path) -> Result<Self, SpoolError> {
        let sink = AuditSink::spooled(directory, self.pool.clone())?;
        Ok(Self { sink, ..self })
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
    ) -> Result<(), StoreError> {
        if decisions.iter().any(|decision| decision.outcome == Outcome::Allow) {
            self.watch.demand_room()?;
        }
        let refusals = &self.watch.refusals;
        let sifted = refusals.sift(context, decisions, self.watch.is_tight());
        self.accept(sifted.events).await?;
        // Whoever is told that it failed asks again, and is counted then.
        refusals.count(sifted.counted, context.now);
        Ok(())
    }

    /// Records what an operator did, or tried, that leaves no row to change. When this fails,
    /// nothing may be answered that depends on it.
    ///
    /// # Errors
    /// As [`Database::record`].
    pub async fn record_act(&self, context: &Context, act: OperatorAct) -> Result<(), StoreError> {
        self.accept(vec![Event::of_operator(context, act)]).await
    }

    async fn accept(&self, events: Vec<Event>) -> Result<(), StoreError> {
        if events.is_empty() {
            return Ok(());
        }
        let wait = self.vitals.wait();
        let recorded = self.sink.record(&self.pool, events).await;
        wait.end(&recorded);
        recorded
    }

    /// Lists events of one project: all that were recorded here before, and what other servers
    /// have written.
    ///
    /// # Errors
    /// The database is not available.
    pub async fn audit_events(
        &self,
        project: ProjectId,
        filter: AuditFilter,
        at_least: Option<Revision>,
    ) -> Result<At<Vec<AuditEvent>>, StoreError> {
        self.flush_audit().await?;
        self.patient()
            .read(project.clone(), at_least, move |connection, _| {
                of_project(connection, project, filter)
            })
            .await
    }

    /// Waits until what was recorded here is in the database.
    pub(super) async fn flush_audit(&self) -> Result<(), StoreError> {
        self.sink.flush(FLUSH).await
    }

    /// Lists the operators' own events, of all projects and of none.
    ///
    /// # Errors
    /// The database is not available.
    pub async fn operators_events(
        &self,
        filter: AuditFilter,
    ) -> Result<Vec<AuditEvent>, StoreError> {
        self.flush_audit().await?;
        self.patient()
            .run(move |connection| {
                connection.transaction(|connection| {
                    set_operators(connection)?;
                    rows::list(connection, &Trail::Operators, filter)
                })
            })
            .await
    }

    /// Whether verdicts are gathering in the spool because the database does not take them;
    /// `None` without a spool.
    pub fn audit_is_behind(&self) -> Option<bool> {
        self.sink.is_behind()
    }

    /// Takes no more verdicts into the spool, and writes those that are in it, for `limit` at
    /// most. Returns how many stay there.
    pub async fn close_audit(&self, limit: Duration) -> usize {
        self.sink.close(limit).await
    }
}

/// Events of one project.
pub(super) fn of_project(
    connection: &mut DbConnection,
    project: ProjectId,
    filter: AuditFilter,
) -> Result<Vec<AuditEvent>, StoreError> {
    rows::list(connection, &Trail::Project(project), filter)
}

/// Records what an operator does outside of projects, in its transaction. That is in no project
/// from then on.
pub(super) fn insert_act(
    connection: &mut DbConnection,
    context: &Context,
    act: OperatorAct,
) -> Result<(), StoreError> {
    set_operators(connection)?;
    rows::insert(connection, &Event::of_operator(context, act))
}

/// Records what a transaction does, in it.
pub(super) fn insert(
    connection: &mut DbConnection,
    context: &Context,
    decision: Decision,
) -> Result<(), StoreError> {
    rows::insert(connection, &Event::new(context, decision))
}
