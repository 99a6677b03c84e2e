//! Refusals, on their way to the record: the first of a minute one by one, the others as one event
//! that says how many they were, so that nobody to whom nothing is allowed can fill the disk that
//! signatures wait for. None is lost, but for those of the last minutes of a server that is killed.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};
use sail_cargo_protocol::Outcome;

use super::event::Event;
use super::limits::AuditLimits;
use super::{Decision, Failures};
use crate::domain::{KeyId, ProjectId};
use crate::store::write::Context;

/// Kinds of refusals that are told apart within a minute, of all projects.
const ROOM: usize = 16_384;
/// How long refusals are counted that only their reasons tell apart, in minutes.
const LONG: i64 = 10;

/// Refusals of this server that are not on record yet, and how many are.
#[derive(Debug)]
pub(super) struct Refusals {
    limits: AuditLimits,
    open: Mutex<Open>,
}

#[derive(Debug, Default)]
struct Open {
    /// The minute that `recorded` is about.
    minute: i64,
    recorded: HashMap<Kind, u32>,
    /// The day that `stored` is about.
    day: i64,
    stored: HashMap<Option<ProjectId>, u32>,
    tallies: HashMap<Kind, Tally>,
}

/// In what refusals are alike.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Kind {
    project: Option<ProjectId>,
    outcome: &'static str,
    reason: &'static str,
    /// None, where only the reasons are told apart.
    asked: Option<Asked>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Asked {
    actor: String,
    via_key: Option<KeyId>,
    action: &'static str,
}

/// Refusals that are alike, as one event.
#[derive(Debug)]
pub(super) struct Tally {
    event: Event,
    /// The minute from which it is to be recorded.
    due: i64,
    count: u64,
    first: DateTime<Utc>,
    last: DateTime<Utc>,
}

/// Tallies that are about to be recorded.
#[derive(Debug)]
pub(super) struct Due(Vec<(Kind, Tally)>);

impl Refusals {
    pub(super) fn new(limits: AuditLimits) -> Self {
        Self { limits, open: Mutex::default() }
    }

    /// The events of `decisions` that are recorded one by one: all that allow something, and of
    /// the refusals the first. `tight`: of the refusals none. The others are counted.
    pub(super) fn sift(
        &self,
        context: &Context,
        decisions: Vec<Decision>,
        tight: bool,
    ) -> Vec<Event> {
        if decisions.iter().all(|decision| decision.outcome == Outcome::Allow) {
            return decisions.into_iter().map(|decision| Event::new(context, decision)).collect();
        }
        let mut open = self.open(context.now);
        let mut events = Vec::with_capacity(decisions.len());
        for decision in decisions {
            if decision.outcome == Outcome::Allow
                || open.admit(&self.limits, context, &decision, tight)
            {
                events.push(Event::new(context, decision));
            } else {
                let kind = open.kind(&self.limits, context, &decision, tight);
                open.count(kind, Tally::of(Event::new(context, decision), context.now));
            }
        }
        events
    }

    /// Failures to authenticate, which are counted already: of a trail that has had its share of
    /// the day, or where it is `tight`, only the reasons are told apart.
    pub(super) fn sift_failures(
        &self,
        failures: Vec<Failures>,
        now: DateTime<Utc>,
        tight: bool,
    ) -> Vec<Event> {
        let mut open = self.open(now);
        let mut events = Vec::with_capacity(failures.len());
        for failures in failures {
            let kind = Kind {
                project: failures.project.clone(),
                outcome: "deny",
                reason: failures.reason,
                asked: None,
            };
            if !tight && open.store(&self.limits, kind.project.as_ref()) {
                events.push(Event::of_failures(failures));
            } else {
                open.count(kind, Tally::of_failures(failures, now));
            }
        }
        events
    }

    /// Takes what is to be recorded by now, or all of it. What cannot be is given
    /// [`Refusals::back`].
    pub(super) fn due(&self, now: DateTime<Utc>, all: bool) -> Due {
        let is_due = |_: &Kind, tally: &mut Tally| all || tally.due <= minute(now);
        Due(self.open(now).tallies.extract_if(is_due).collect())
    }

    /// Takes back what could not be recorded.
    pub(super) fn back(&self, due: Due, now: DateTime<Utc>) {
        let mut open = self.open(now);
        for (kind, tally) in due.0 {
            open.count(kind, Tally { due: minute(now) + 1, ..tally });
        }
    }

    /// What there is, at the minute and day of `now`.
    fn open(&self, now: DateTime<Utc>) -> MutexGuard<'_, Open> {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        open.turn(now);
        open
    }
}

impl Due {
    pub(super) fn events(&self) -> Vec<Event> {
        self.0
            .iter()
            .map(|(_, tally)| tally.event.standing_for(tally.count, tally.first, tally.last))
            .collect()
    }
}

impl Open {
    /// Begins a minute or a day. Requests come a little out of order: none goes back.
    fn turn(&mut self, now: DateTime<Utc>) {
        if self.minute < minute(now) {
            self.minute = minute(now);
            self.recorded.clear();
        }
        if self.day < day(now) {
            self.day = day(now);
            self.stored.clear();
        }
    }

    /// Whether this refusal is one of those that are recorded one by one. It is noted then.
    fn admit(
        &mut self,
        limits: &AuditLimits,
        context: &Context,
        decision: &Decision,
        tight: bool,
    ) -> bool {
        if tight || self.is_over(limits, Some(&decision.project)) {
            return false;
        }
        let kind = Kind::of(context, decision);
        let has_room = self.recorded.len() < ROOM;
        let recorded = match self.recorded.get_mut(&kind) {
            Some(recorded) => recorded,
            None if has_room => self.recorded.entry(kind).or_default(),
            None => return false,
        };
        if *recorded >= limits.per_minute {
            return false;
        }
        *recorded += 1;
        self.store(limits, Some(&decision.project))
    }

    /// In what a refusal that is not recorded by itself is told from others.
    fn kind(
        &self,
        limits: &AuditLimits,
        context: &Context,
        decision: &Decision,
        tight: bool,
    ) -> Kind {
        let kind = Kind::of(context, decision);
        let is_known = self.recorded.contains_key(&kind);
        if tight || !is_known || self.is_over(limits, Some(&decision.project)) {
            return Kind { asked: None, ..kind };
        }
        kind
    }

    /// Notes one more event of a trail, if that has not had its share of the day.
    fn store(&mut self, limits: &AuditLimits, project: Option<&ProjectId>) -> bool {
        let stored = self.stored.entry(project.cloned()).or_default();
        let has_room = *stored < limits.per_day;
        *stored += u32::from(has_room);
        has_room
    }

    fn is_over(&self, limits: &AuditLimits, project: Option<&ProjectId>) -> bool {
        self.stored.get(&project.cloned()).is_some_and(|stored| *stored >= limits.per_day)
    }

    fn count(&mut self, kind: Kind, tally: Tally) {
        let long = kind.asked.is_none();
        let due = if long { tally.due.max(self.minute + LONG) } else { tally.due };
        let project = kind.project.clone();
        if let Some(known) = self.tallies.get_mut(&kind) {
            known.add(&tally);
        } else {
            self.tallies.insert(kind, Tally { due, ..tally });
            *self.stored.entry(project).or_default() += 1;
        }
    }
}

impl Kind {
    fn of(context: &Context, decision: &Decision) -> Self {
        let asked = Asked {
            actor: context.caller.to_string(),
            via_key: context.caller.via_key().cloned(),
            action: decision.action,
        };
        Self {
            project: Some(decision.project.clone()),
            outcome: super::outcome::outcome_word(decision.outcome),
            reason: decision.reason,
            asked: Some(asked),
        }
    }
}

impl Tally {
    fn of(event: Event, now: DateTime<Utc>) -> Self {
        Self { event, due: minute(now) + 1, count: 1, first: now, last: now }
    }

    fn of_failures(failures: Failures, now: DateTime<Utc>) -> Self {
        let (count, first, last) = (failures.count, failures.first, failures.last);
        Self { event: Event::of_failures(failures), due: minute(now) + 1, count, first, last }
    }

    fn add(&mut self, other: &Self) {
        self.count = self.count.saturating_add(other.count);
        self.first = self.first.min(other.first);
        self.last = self.last.max(other.last);
        self.event.blur(&other.event);
    }
}

fn minute(at: DateTime<Utc>) -> i64 {
    at.timestamp().div_euclid(60)
}

fn day(at: DateTime<Utc>) -> i64 {
    at.timestamp().div_euclid(TimeDelta::days(1).num_seconds())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::{Caller, OperatorName};
    use crate::store::Origin;

    fn at(second: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_800_000_000 + second, 0).unwrap()
    }

    fn context(actor: u8, second: i64) -> Context {
        let name = OperatorName::parse(&format!("a{actor}")).unwrap();
        Context {
            caller: Caller::Operator { name, project: None },
            now: at(second),
            request_id: "r".to_owned(),
            origin: Origin::default(),
            at_least: None,
            idempotency: None,
        }
    }

    fn decision(project: u8, allowed: bool, reason: bool) -> Decision {
        let id = format!("00000000-0000-4000-8000-0000000000{project:02}");
        Decision {
            project: ProjectId::parse(&id).unwrap(),
            action: "s3:GetObject",
            bucket: None,
            object: None,
            outcome: if allowed { Outcome::Allow } else { Outcome::Deny },
            reason: if reason { "no_permission" } else { "foreign_bucket" },
            detail: "no".into(),
            revision: None,
            request: None,
        }
    }

    fn limits(per_minute: u32, per_day: u32) -> AuditLimits {
        AuditLimits { per_minute, per_day, ..AuditLimits::default() }
    }

    fn count(due: &Due) -> u64 {
        due.0.iter().map(|(_, tally)| tally.count).sum()
    }

    proptest! {
        #[test]
        fn what_is_allowed_is_recorded_and_of_what_is_refused_none_is_lost_nor_told_twice(
            limits in (0..4_u32, 0..12_u32).prop_map(|(minute, day)| limits(minute, day)),
            asked in prop::collection::vec(
                (0..3_u8, 0..4_u8, any::<bool>(), any::<bool>(), 0..200_i64, any::<bool>()), 0..200),
        ) {
            let refusals = Refusals::new(limits);
            let (mut now, mut told, mut allowed) = (0, 0, 0);
            for (project, actor, allow, reason, later, tight) in &asked {
                now += later;
                let events = refusals.sift(
                    &context(*actor, now), vec![decision(*project, *allow, *reason)], *tight);
                allowed += events.len() as u64 * u64::from(*allow);
                told += events.len() as u64 * u64::from(!*allow);
                let due = refusals.due(at(now), false);
                if later % 2 == 0 {
                    told += count(&due);
                } else {
                    refusals.back(due, at(now));
                }
            }
            told += count(&refusals.due(at(now), true));
            prop_assert_eq!(allowed, asked.iter().filter(|asked| asked.2).count() as u64);
            prop_assert_eq!(told, asked.iter().filter(|asked| !asked.2).count() as u64);
        }
    }

    #[test]
    fn a_flood_takes_so_much_room() {
        let refusals = Refusals::new(limits(60, 1000));
        let mut events = 0;
        for number in 0..200_000_u32 {
            let actor = context(u8::try_from(number % 200).unwrap(), i64::from(number / 100));
            events += refusals.sift(&actor, vec![decision(1, false, number % 2 == 0)], false).len();
        }
        let due = refusals.due(at(0), true).0.len();
        assert!(events <= 1000 && due <= 1000, "{events} recorded, {due} counted");
    }
}
