//! Old audit events, removed: a few at a time, so that nobody who writes has to wait. The change log
//! stays as it is.

use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use sail_cargo_protocol::Outcome;

use super::{Decision, OperatorAct};
use crate::domain::ProjectId;
use crate::store::connection::{DbConnection, enter, enter_operators};
use crate::store::error::StoreError;
use crate::store::rows::micros;
use crate::store::schema::audit_event as dsl;
use crate::store::write::Context;
use crate::store::{Project, Store};

/// Events that one transaction removes.
const BATCH: i64 = 500;
/// Events that are counted at once.
const PAGE: i64 = 10_000;
/// Projects that are listed at once.
const PROJECTS: usize = 1000;
/// The least pause between two transactions; otherwise it is as long as the one before took.
const BREATH: Duration = Duration::from_millis(5);

/// What was removed, or would be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pruned {
    /// So many events.
    pub events: u64,
    /// There are more: the time was over.
    pub more: bool,
}

/// Whose events are removed.
#[derive(Debug, Clone)]
enum Whose {
    Project(ProjectId),
    /// Those of no project.
    Nobody,
}

impl Store {
    /// How many audit events are older than `before`: of `project`, or of all projects and of none.
    ///
    /// # Errors
    /// The database is not available.
    pub async fn count_prunable(
        &self,
        project: Option<ProjectId>,
        before: DateTime<Utc>,
    ) -> Result<u64, StoreError> {
        let mut count = 0;
        for whose in self.whose(project).await? {
            let mut after = String::new();
            loop {
                let (whose, from) = (whose.clone(), after.clone());
                let page = self.patient().run(move |connection| {
                    connection.transaction(|connection| {
                        whose.enter(connection)?;
                        whose.older(connection, before, &from, PAGE)
                    })
                });
                let page = page.await?;
                count += page.len() as u64;
                match page.into_iter().last() {
                    Some(last) => after = last,
                    None => break,
                }
            }
        }
        Ok(count)
    }

    /// Removes the audit events that are older than `before`: of `project`, or of all projects and
    /// of none; what it can within `limit`. That it does is on record before, and how many they
    /// were afterwards.
    ///
    /// # Errors
    /// The database is not available. What was removed until then is gone.
    pub async fn prune_audit(
        &self,
        project: Option<ProjectId>,
        before: DateTime<Utc>,
        limit: Duration,
        context: &Context,
    ) -> Result<Pruned, StoreError> {
        let until = before.to_rfc3339();
        let begun = format!("removes audit events from before {until}");
        self.record_pruning(project.as_ref(), begun, context).await?;
        let deadline = Instant::now() + limit;
        let mut pruned = Pruned { events: 0, more: false };
        for whose in self.whose(project.clone()).await? {
            let so_far = self.prune(&whose, before, deadline).await?;
            pruned.events += so_far.events;
            if so_far.more {
                pruned.more = true;
                break;
            }
        }
        let rest = if pruned.more { "; there are more" } else { "" };
        let done = format!("removed {} audit events from before {until}{rest}", pruned.events);
        self.record_pruning(project.as_ref(), done, context).await?;
        Ok(pruned)
    }

    async fn prune(
        &self,
        whose: &Whose,
        before: DateTime<Utc>,
        deadline: Instant,
    ) -> Result<Pruned, StoreError> {
        let mut events = 0;
        while Instant::now() < deadline {
            let (begun, whose) = (Instant::now(), whose.clone());
            let removed = self.patient().run(move |connection| {
                connection.transaction(|connection| {
                    whose.enter(connection)?;
                    let old = whose.older(connection, before, "", BATCH)?;
                    Ok(diesel::delete(dsl::table.filter(dsl::id.eq_any(old)))
                        .execute(connection)?)
                })
            });
            let removed = removed.await?;
            if removed == 0 {
                return Ok(Pruned { events, more: false });
            }
            events += removed as u64;
            tokio::time::sleep(begun.elapsed().max(BREATH)).await;
        }
        Ok(Pruned { events, more: true })
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

    async fn whose(&self, project: Option<ProjectId>) -> Result<Vec<Whose>, StoreError> {
        if let Some(project) = project {
            return Ok(vec![Whose::Project(project)]);
        }
        let (mut all, mut after) = (vec![Whose::Nobody], String::new());
        loop {
            let projects: Vec<Project> = self.projects(after, PROJECTS).await?;
            let full = projects.len() == PROJECTS;
            after = projects.last().map(|last| last.slug.clone()).unwrap_or_default();
            all.extend(projects.into_iter().map(|project| Whose::Project(project.id)));
            if !full {
                return Ok(all);
            }
        }
    }
}

impl Whose {
    fn enter(&self, connection: &mut DbConnection) -> Result<(), StoreError> {
        match self {
            Self::Project(project) => enter(connection, project),
            Self::Nobody => enter_operators(connection),
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
