//! Old audit events, removed: a few at a time, so that nobody who writes has to wait. The change log
//! stays as it is.

use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use sail_cargo_protocol::{Outcome, PrunedAudit};

use super::{Decision, OperatorAct};
use crate::domain::{Context, ProjectId};
use crate::store::connection::{DbConnection, set_operators, set_tenant, take_write_lock};
use crate::store::error::StoreError;
use crate::store::pool::QueryHandle;
use crate::store::rows::micros;
use crate::store::schema::audit_event as dsl;
use crate::store::{Database, Project};

/// Events that one transaction removes.
const BATCH: i64 = 500;
/// Events that are counted at once.
const PAGE: i64 = 10_000;
/// Projects that are listed at once.
const PROJECTS: usize = 1000;
/// The least pause between two transactions; otherwise it is as long as the one before took.
const BREATH: Duration = Duration::from_millis(5);

/// What was removed, or would be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pruned {
    /// So many events.
    pub events: u64,
    /// There are more: the time was over.
    pub more: bool,
    /// Where to begin then.
    pub next: Option<String>,
}

impl Pruned {
    /// On the wire.
    pub fn to_wire(self) -> PrunedAudit {
        PrunedAudit { events: self.events, more: self.more, next: self.next }
    }
}

/// Whose events are removed.
#[derive(Debug, Clone)]
enum Whose {
    Project(ProjectId),
    /// Those of no project.
    Nobody,
}

impl Database {
    /// How many audit events are older than `before`: of `project`, or of all projects and of none;
    /// as many as are counted within `limit`.
    ///
    /// # Errors
    /// The database is not available.
    pub async fn count_prunable(
        &self,
        project: Option<ProjectId>,
        before: DateTime<Utc>,
        limit: Duration,
    ) -> Result<Pruned, StoreError> {
        let deadline = Instant::now() + limit;
        let mut counted = Pruned { events: 0, more: false, next: None };
        for (whose, _) in self.whose(project, None).await? {
            let mut after = String::new();
            loop {
                if Instant::now() >= deadline {
                    return Ok(Pruned { more: true, ..counted });
                }
                let page = self.older(&whose, before, after).await?;
                counted.events += page.len() as u64;
                match page.into_iter().last() {
                    Some(last) => after = last,
                    None => break,
                }
            }
        }
        Ok(counted)
    }

    /// A page of the ids of what is older.
    fn older(
        &self,
        whose: &Whose,
        before: DateTime<Utc>,
        after: String,
    ) -> QueryHandle<Vec<String>> {
        let whose = whose.clone();
        self.patient().run(move |connection| {
            connection.transaction(|connection| {
                whose.set_tenant(connection)?;
                whose.older(connection, before, &after, PAGE)
            })
        })
    }

    /// Removes the audit events that are older than `before`: of `project`, or of all projects and
    /// of none, behind the place `after`, which an earlier call said; what it can within `limit`, a
    /// few at least. That it does is on record before, and how many they were afterwards.
    ///
    /// # Errors
    /// The database is not available. What was removed until then is gone.
    pub async fn prune_audit(
        &self,
        (project, after): (Option<ProjectId>, Option<String>),
        before: DateTime<Utc>,
        limit: Duration,
        context: &Context,
    ) -> Result<Pruned, StoreError> {
        let until = before.to_rfc3339();
        let begun = format!("removes audit events from before {until}");
        self.record_pruning(project.as_ref(), begun, context).await?;
        let deadline = Instant::now() + limit;
        let mut pruned = Pruned { events: 0, more: false, next: after.clone() };
        let mut all = self.whose(project.clone(), after).await?.into_iter().peekable();
        while let Some((whose, place)) = all.next() {
            let (events, more) = self.prune(&whose, before, deadline).await?;
            pruned.events += events;
            if !more {
                pruned.next = Some(place);
            }
            pruned.more = more || all.peek().is_some();
            if Instant::now() >= deadline {
                break;
            }
        }
        pruned.next = pruned.next.filter(|_| pruned.more);
        let rest = if pruned.more { "; there are more" } else { "" };
        let done = format!("removed {} audit events from before {until}{rest}", pruned.events);
        self.record_pruning(project.as_ref(), done, context).await?;
        Ok(pruned)
    }

    /// How many were removed, and whether there may be more.
    async fn prune(
        &self,
        whose: &Whose,
        before: DateTime<Utc>,
        deadline: Instant,
    ) -> Result<(u64, bool), StoreError> {
        let mut events = 0;
        loop {
            let (begun, whose) = (Instant::now(), whose.clone());
            let removed = self.patient().run(move |connection| {
                connection.transaction(|connection| {
                    take_write_lock(connection)?;
                    whose.set_tenant(connection)?;
                    let old = whose.older(connection, before, "", BATCH)?;
                    Ok(diesel::delete(dsl::table.filter(dsl::id.eq_any(old)))
                        .execute(connection)?)
                })
            });
            let removed = removed.await?;
            events += removed as u64;
            if removed == 0 || Instant::now() >= deadline {
                return Ok((events, removed > 0));
            }
            tokio::time::sleep(begun.elapsed().max(BREATH)).await;
        }
    }

    /// In the trail of the project, or in the operators' own.
    async fn record_pruning(
        &self,
        project: Option<&ProjectId>,
        detail: String,
        context: &Context,
    ) -> Result<(), StoreError> {
        let (action, object) = ("audit.prune", None);
        let (outcome, reason, revision, request) = (Outcome::Allow, "ok", None, None);
        match project.cloned() {
            None => {
                let act = OperatorAct { action, object, outcome, reason, detail };
                self.record_act(context, act).await
            }
            Some(project) => {
                let (bucket, detail) = (None, detail.into());
                let decision = Decision {
                    project,
                    action,
                    bucket,
                    object,
                    outcome,
                    reason,
                    detail,
                    revision,
                    request,
                };
                self.accept(vec![super::Event::new(context, decision)]).await
            }
        }
    }

    /// Whose events they are, and the place behind each: those of no project first, then of each by
    /// its slug.
    async fn whose(
        &self,
        project: Option<ProjectId>,
        after: Option<String>,
    ) -> Result<Vec<(Whose, String)>, StoreError> {
        if let Some(project) = project {
            return Ok(vec![(Whose::Project(project), String::new())]);
        }
        let nobody = after.is_none().then(|| (Whose::Nobody, String::new()));
        let (mut all, mut after) = (Vec::from_iter(nobody), after.unwrap_or_default());
        loop {
            let projects: Vec<Project> = self.projects(after, PROJECTS).await?;
            let full = projects.len() == PROJECTS;
            after = projects.last().map(|last| last.slug.clone()).unwrap_or_default();
            all.extend(
                projects.into_iter().map(|project| (Whose::Project(project.id), project.slug)),
            );
            if !full {
                return Ok(all);
            }
        }
    }
}

impl Whose {
    fn set_tenant(&self, connection: &mut DbConnection) -> Result<(), StoreError> {
        match self {
            Self::Project(project) => set_tenant(connection, project),
            Self::Nobody => set_operators(connection),
        }
    }

    /// The ids of events behind `after` that are older than `before`, the oldest first. An id
    /// begins with the time when its event was made, which finds them; what counts is when it
    /// happened.
    fn older(
        &self,
        connection: &mut DbConnection,
        before: DateTime<Utc>,
        after: &str,
        limit: i64,
    ) -> Result<Vec<String>, StoreError> {
        let millis = u64::try_from(before.timestamp_millis()).unwrap_or_default();
        let end = uuid::Builder::from_unix_timestamp_millis(millis, &[0; 10]).into_uuid();
        let mut query = dsl::table
            .filter(dsl::id.gt(after.to_owned()))
            .filter(dsl::id.lt(end.to_string()))
            .filter(dsl::at.lt(micros(before)))
            .into_boxed();
        query = match self {
            Self::Project(project) => query.filter(dsl::project_id.eq(project.to_string())),
            Self::Nobody => query.filter(dsl::project_id.is_null()).filter(dsl::for_operators),
        };
        Ok(query.order(dsl::id).limit(limit).select(dsl::id).load(connection)?)
    }
}
