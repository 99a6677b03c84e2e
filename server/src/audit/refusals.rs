//! Limits how much of the disk refusals may fill, since signatures need the disk for their records.
//!
//! The first refusals of a minute are recorded one by one, the others as one event with their
//! number. Every refusal is counted, except those of the last minutes of a server that is killed.

use std::collections::{HashMap, HashSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};
use sail_cargo_database::tables::audit_events::NewEventRow;

use super::decision::Decision;
use super::event;
use super::failures::Failures;
use super::limits::AuditLimits;
use super::tally::{Kind, Share, Tally, Who, minute};
use crate::domain::{Context, Outcome};

/// The most kinds of refusals that are counted separately in a minute, over all projects.
const ROOM: usize = 16_384;
/// How many minutes are counted together where refusals are not separated by action.
const LONG: i64 = 10;
/// The most callers of a project that are counted separately in that time.
const CALLERS: usize = 64;

/// The refusals of this server that are not recorded yet, and the counts against the limits.
#[derive(Debug)]
pub(super) struct Refusals {
    limits: AuditLimits,
    open: Mutex<Open>,
}

#[derive(Debug, Default)]
struct Open {
    /// The minute that `recorded` counts.
    minute: i64,
    recorded: HashMap<Kind, u32>,
    /// The day that `stored` counts.
    day: i64,
    stored: HashMap<Share, u32>,
    /// The period of [`LONG`] minutes that `named` counts.
    long: i64,
    named: HashMap<Share, HashSet<Who>>,
    tallies: HashMap<Kind, Tally>,
    /// Events to record now. A failed attempt may have recorded them, so retries use the same
    /// events.
    owed: Vec<NewEventRow>,
    /// The last attempt to record them failed.
    is_behind: bool,
}

/// The result of [`Refusals::sift`].
#[derive(Debug)]
pub(super) struct Sifted {
    /// The events to record one by one.
    pub(super) events: Vec<NewEventRow>,
    /// The refusals to count after `events` are recorded.
    pub(super) counted: Vec<(Kind, Tally)>,
}

impl Refusals {
    pub(super) fn new(limits: AuditLimits) -> Self {
        Self { limits, open: Mutex::default() }
    }

    /// Separates the verdicts to record one by one: every allowed one, and the first refusals
    /// within the limits. If the disk is `tight`, no refusal.
    pub(super) fn sift(&self, context: &Context, decisions: Vec<Decision>, tight: bool) -> Sifted {
        let (mut events, mut counted) = (Vec::with_capacity(decisions.len()), Vec::new());
        if decisions.iter().all(|decision| decision.outcome == Outcome::Allow) {
            events.extend(
                decisions.into_iter().map(|decision| event::of_decision(context, decision)),
            );
            return Sifted { events, counted };
        }
        let mut open = self.open(context.now);
        for decision in decisions {
            let is_allowed = decision.outcome == Outcome::Allow;
            let kind = Kind::of(context, &decision);
            let event = event::of_decision(context, decision);
            if is_allowed || open.admit(&self.limits, &kind, tight) {
                events.push(event);
            } else {
                let kind = open.rough(&self.limits, kind, tight);
                counted.push((kind, Tally::of(event, context.now)));
            }
        }
        Sifted { events, counted }
    }

    /// Counts the refusals that [`Refusals::sift`] set aside.
    pub(super) fn count(&self, counted: Vec<(Kind, Tally)>, now: DateTime<Utc>) {
        if counted.is_empty() {
            return;
        }
        let mut open = self.open(now);
        for (kind, tally) in counted {
            open.count(kind, tally);
        }
    }

    /// Queues failures to authenticate, which come with their numbers. If their trail has reached
    /// the limit of the day, or the disk is `tight`, they are added to a count instead.
    pub(super) fn take_failures(&self, failures: Vec<Failures>, now: DateTime<Utc>, tight: bool) {
        let mut open = self.open(now);
        for failures in failures {
            let kind = Kind::of_failures(&failures);
            if !tight && open.store(&self.limits, &kind.share) {
                open.owed.push(event::of_failures(failures));
            } else {
                let kind = open.name(kind);
                open.count(kind, Tally::of_failures(failures, now));
            }
        }
    }

    /// The events to record now: those due at `now`, or `all`. After a failed attempt only the
    /// failed events are due, and the others are counted further.
    pub(super) fn owed(&self, now: DateTime<Utc>, all: bool) -> Vec<NewEventRow> {
        let mut open = self.open(now);
        if !open.is_behind || all {
            let is_due = |_: &Kind, tally: &mut Tally| all || tally.is_due(now);
            let due: Vec<_> = open.tallies.extract_if(is_due).collect();
            open.owed.extend(due.iter().map(|(_, tally)| tally.event()));
        }
        open.owed.clone()
    }

    /// Whether the last attempt to record failed.
    pub(super) fn is_behind(&self) -> bool {
        self.lock().is_behind
    }

    /// Notes that `events` are recorded.
    pub(super) fn paid(&self, events: &[NewEventRow]) {
        let paid: HashSet<_> = events.iter().map(|event| &event.id).collect();
        let mut open = self.lock();
        open.owed.retain(|event| !paid.contains(&event.id));
        open.is_behind = false;
    }

    /// Notes that an attempt to record failed. Returns whether the one before did not.
    pub(super) fn failed(&self) -> bool {
        !std::mem::replace(&mut self.lock().is_behind, true)
    }

    /// The counts, moved on to the minute and day of `now`.
    fn open(&self, now: DateTime<Utc>) -> MutexGuard<'_, Open> {
        let mut open = self.lock();
        open.turn(now);
        open
    }

    fn lock(&self) -> MutexGuard<'_, Open> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Open {
    /// Starts a new minute, period or day. Requests may arrive slightly out of order, so none of
    /// them goes back.
    fn turn(&mut self, now: DateTime<Utc>) {
        let (minute, day) = (minute(now), day(now));
        if self.minute < minute {
            self.minute = minute;
            self.recorded.clear();
        }
        if self.long < minute / LONG {
            self.long = minute / LONG;
            self.named.clear();
        }
        if self.day < day {
            self.day = day;
            self.stored.clear();
        }
    }

    /// Whether the limits let this refusal be recorded by itself. If so, counts it.
    fn admit(&mut self, limits: &AuditLimits, kind: &Kind, tight: bool) -> bool {
        if tight || self.is_over(limits, &kind.share) {
            return false;
        }
        let has_room = self.recorded.len() < ROOM;
        let recorded = match self.recorded.get_mut(kind) {
            Some(recorded) => recorded,
            None if has_room => self.recorded.entry(kind.clone()).or_default(),
            None => return false,
        };
        if *recorded >= limits.per_minute {
            return false;
        }
        *recorded += 1;
        self.store(limits, &kind.share)
    }

    /// The kind under which a refusal is counted. It loses its action if the disk is tight, the
    /// table of kinds is full, or the limit of the day is reached.
    fn rough(&mut self, limits: &AuditLimits, kind: Kind, tight: bool) -> Kind {
        if tight || !self.recorded.contains_key(&kind) || self.is_over(limits, &kind.share) {
            return self.name(kind.whatever_was_asked());
        }
        kind
    }

    /// The same kind, without its caller once enough callers are counted separately.
    fn name(&mut self, kind: Kind) -> Kind {
        let Some(who) = &kind.who else { return kind };
        let named = self.named.entry(kind.share.clone()).or_default();
        if !named.contains(who) {
            if named.len() >= CALLERS {
                return kind.whoever_asked();
            }
            named.insert(who.clone());
        }
        kind
    }

    /// Counts one more event, unless the limit of the day is reached.
    fn store(&mut self, limits: &AuditLimits, share: &Share) -> bool {
        let stored = self.stored.entry(share.clone()).or_default();
        let has_room = *stored < limits.per_day;
        *stored += u32::from(has_room);
        has_room
    }

    fn is_over(&self, limits: &AuditLimits, share: &Share) -> bool {
        self.stored.get(share).is_some_and(|stored| *stored >= limits.per_day)
    }

    fn count(&mut self, kind: Kind, tally: Tally) {
        if let Some(known) = self.tallies.get_mut(&kind) {
            return known.add(&tally);
        }
        *self.stored.entry(kind.share.clone()).or_default() += 1;
        let minutes = if kind.action.is_none() { LONG } else { 1 };
        self.tallies.insert(kind, tally.due_at(self.minute + minutes));
    }
}

fn day(at: DateTime<Utc>) -> i64 {
    at.timestamp().div_euclid(TimeDelta::days(1).num_seconds())
}

#[cfg(test)]
mod tests;
