//! Counts of similar refusals.

use chrono::{DateTime, Utc};
use sail_cargo_database::tables::audit_events::{NewEventRow, outcome_word};

use super::decision::Decision;
use super::event;
use super::failures::Failures;
use crate::domain::{Context, ProjectId};

/// What the limit of a day applies to. Failures to authenticate have a limit of their own, so that
/// strangers cannot use up the limit of real callers.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Share {
    /// The refusals of a project.
    Refusals(ProjectId),
    /// The failures to authenticate in a project, or in none.
    Failures(Option<ProjectId>),
}

/// The properties that refusals counted together have in common.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Kind {
    pub(super) share: Share,
    outcome: &'static str,
    reason: &'static str,
    /// The caller; `None` if callers are not separated.
    pub(super) who: Option<Who>,
    /// The action; `None` if actions are not separated.
    pub(super) action: Option<&'static str>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Who {
    /// The caller or, for a failed authentication, what was presented.
    actor: String,
    via_key: Option<String>,
}

/// A count of similar refusals, with the event that describes them.
#[derive(Debug)]
pub(super) struct Tally {
    event: NewEventRow,
    /// The minute from which the event is to be recorded.
    due: i64,
    pub(super) count: u64,
    first: DateTime<Utc>,
    last: DateTime<Utc>,
}

impl Kind {
    pub(super) fn of(context: &Context, decision: &Decision) -> Self {
        let caller = &context.caller;
        let who =
            Who { actor: caller.to_string(), via_key: caller.via_key().map(ToOwned::to_owned) };
        Self {
            share: Share::Refusals(decision.project.clone()),
            outcome: outcome_word(decision.outcome),
            reason: decision.reason,
            who: Some(who),
            action: Some(decision.action),
        }
    }

    pub(super) fn whatever_was_asked(self) -> Self {
        Self { action: None, ..self }
    }

    pub(super) fn whoever_asked(self) -> Self {
        Self { who: None, ..self }
    }

    /// Separates failures by the presented key only if the key is known, because strangers can
    /// invent any number of keys.
    pub(super) fn of_failures(failures: &Failures) -> Self {
        let via_key = failures.via_key.as_ref().map(ToString::to_string);
        let who = Who { actor: failures.shown.clone(), via_key };
        Self {
            share: Share::Failures(failures.project.clone()),
            outcome: "deny",
            reason: failures.reason,
            who: failures.project.is_some().then_some(who),
            action: None,
        }
    }
}

impl Tally {
    pub(super) fn of(event: NewEventRow, now: DateTime<Utc>) -> Self {
        Self { event, due: minute(now), count: 1, first: now, last: now }
    }

    pub(super) fn of_failures(failures: Failures, now: DateTime<Utc>) -> Self {
        let (count, first, last) = (failures.count, failures.first, failures.last);
        Self { event: event::of_failures(failures), due: minute(now), count, first, last }
    }

    pub(super) fn due_at(self, minute: i64) -> Self {
        Self { due: minute, ..self }
    }

    pub(super) fn is_due(&self, now: DateTime<Utc>) -> bool {
        self.due <= minute(now)
    }

    /// A new event that stands for all of them.
    pub(super) fn event(&self) -> NewEventRow {
        event::standing_for(&self.event, self.count, self.first, self.last)
    }

    pub(super) fn add(&mut self, other: &Self) {
        self.count = self.count.saturating_add(other.count);
        self.first = self.first.min(other.first);
        self.last = self.last.max(other.last);
        event::blur(&mut self.event, &other.event);
    }
}

/// The minute of an instant, counted from the epoch.
pub(super) fn minute(at: DateTime<Utc>) -> i64 {
    at.timestamp().div_euclid(60)
}
