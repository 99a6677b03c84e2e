//! Old audit events, removed: a few at a time, so that nobody who writes has to wait. The change log
//! stays as it is.

use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use sail_cargo_database::tables::audit_events::{self, Trail};
use sail_cargo_database::tables::projects;
use sail_cargo_database::transaction::{take_write_lock, transaction};
use sail_cargo_database::{DatabaseError, QueryHandle};

use super::decision::Decision;
use super::door::Audit;
use super::error::AuditError;
use super::event;
use super::operator_act::OperatorAct;
use crate::domain::{Context, Outcome, ProjectId};

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

impl Audit {
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
    ) -> Result<Pruned, AuditError> {
        let deadline = Instant::now() + limit;
        let mut counted = Pruned { events: 0, more: false, next: None };
        for (trail, _) in self.trails(project, None).await? {
            let mut after = String::new();
            loop {
                if Instant::now() >= deadline {
                    return Ok(Pruned { more: true, ..counted });
                }
                let page = self.older(&trail, before, after).await?;
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
        trail: &Trail,
        before: DateTime<Utc>,
        after: String,
    ) -> QueryHandle<Vec<String>> {
        let trail = trail.clone();
        self.database.patient().run(move |connection| {
            transaction(connection, |connection| {
                trail.open(connection)?;
                audit_events::older(connection, &trail, before, &after, PAGE)
            })
        })
    }

    /// Removes the audit events that are older than `before`: of `project`, or of all projects and
    /// of none, behind the place `after`, which an earlier call said; what it can within `limit`, a
    /// few at least. That it does is on record before, and how many they were afterwards.
    ///
    /// # Errors
    /// The database is not available. What was removed until then is gone.
    pub async fn prune(
        &self,
        (project, after): (Option<ProjectId>, Option<String>),
        before: DateTime<Utc>,
        limit: Duration,
        context: &Context,
    ) -> Result<Pruned, AuditError> {
        let until = before.to_rfc3339();
        let begun = format!("removes audit events from before {until}");
        self.record_pruning(project.as_ref(), begun, context).await?;
        let deadline = Instant::now() + limit;
        let mut pruned = Pruned { events: 0, more: false, next: after.clone() };
        let mut all = self.trails(project.clone(), after).await?.into_iter().peekable();
        while let Some((trail, place)) = all.next() {
            let (events, more) = self.prune_trail(&trail, before, deadline).await?;
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
    async fn prune_trail(
        &self,
        trail: &Trail,
        before: DateTime<Utc>,
        deadline: Instant,
    ) -> Result<(u64, bool), DatabaseError> {
        let mut events = 0;
        loop {
            let begun = Instant::now();
            let removed = self.remove(trail, before).await?;
            events += removed as u64;
            if removed == 0 || Instant::now() >= deadline {
                return Ok((events, removed > 0));
            }
            tokio::time::sleep(begun.elapsed().max(BREATH)).await;
        }
    }

    /// Removes the oldest of what is older, and says how many there were.
    fn remove(&self, trail: &Trail, before: DateTime<Utc>) -> QueryHandle<usize> {
        let trail = trail.clone();
        self.database.patient().run(move |connection| {
            transaction(connection, |connection| {
                take_write_lock(connection)?;
                trail.open(connection)?;
                let old = audit_events::older(connection, &trail, before, "", BATCH)?;
                audit_events::delete(connection, old)
            })
        })
    }

    /// In the trail of the project, or in the operators' own.
    async fn record_pruning(
        &self,
        project: Option<&ProjectId>,
        detail: String,
        context: &Context,
    ) -> Result<(), DatabaseError> {
        let (action, object) = ("audit.prune", None);
        let (outcome, reason, revision, request) = (Outcome::Allow, "ok", None, None);
        let event = match project.cloned() {
            None => {
                let act = OperatorAct { action, object, outcome, reason, detail };
                event::of_act(context, act)
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
                event::of_decision(context, decision)
            }
        };
        self.accept(vec![event]).await
    }

    /// Whose events they are, and the place behind each: those of no project first, then of each by
    /// its slug.
    async fn trails(
        &self,
        project: Option<ProjectId>,
        after: Option<String>,
    ) -> Result<Vec<(Trail, String)>, DatabaseError> {
        if let Some(project) = project {
            return Ok(vec![(Trail::Project(project), String::new())]);
        }
        let nobodys = after.is_none().then(|| (Trail::Operators, String::new()));
        let (mut all, mut after) = (Vec::from_iter(nobodys), after.unwrap_or_default());
        loop {
            let page = self.database.run(move |it| projects::list(it, &after, PROJECTS)).await?;
            let full = page.len() == PROJECTS;
            after = page.last().map(|last| last.slug.clone()).unwrap_or_default();
            all.extend(page.into_iter().map(|project| (Trail::Project(project.id), project.slug)));
            if !full {
                return Ok(all);
            }
        }
    }
}
