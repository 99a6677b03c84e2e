//! Removes old audit events in small transactions, so that no writer waits long. The change log is
//! never pruned.

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

/// The most events that one transaction removes.
const BATCH: i64 = 500;
/// The most events that one query counts.
const PAGE: i64 = 10_000;
/// The most projects that one query lists.
const PROJECTS: usize = 1000;
/// The shortest pause between two transactions. The pause is as long as the previous transaction
/// took, if that is longer.
const BREATH: Duration = Duration::from_millis(5);

/// The result of pruning or counting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pruned {
    /// The number of events.
    pub events: u64,
    /// Whether the time limit ended the run early.
    pub more: bool,
    /// Where to continue then.
    pub next: Option<String>,
}

impl Audit {
    /// Counts the audit events that are older than `before`: of `project`, or of all projects and
    /// the operators. Stops counting after `limit`.
    ///
    /// # Errors
    /// [`AuditError::Database`] if the database does not answer.
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

    /// A page of the ids of events older than `before`.
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
    /// the operators. Continues after the place `after`, which an earlier call returned. Removes at
    /// least one batch, and stops after `limit`. The act is recorded before it begins, and the
    /// number of removed events at its end.
    ///
    /// # Errors
    /// [`AuditError::Database`] if the database does not answer. Events removed before the failure
    /// stay removed.
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

    /// Removes old events of one trail. Returns how many, and whether there may be more.
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

    /// Removes one batch of the oldest events. Returns how many.
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

    /// Records the pruning in the trail of the project, or in the operators' trail.
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

    /// The trails to prune, each with the place after it: first the operators' events, then the
    /// projects by slug.
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
