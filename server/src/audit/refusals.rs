//! Refusals, on their way to the record: the first of a minute one by one, the others as one event
//! that says how many they were, so that nobody to whom nothing is allowed can fill the disk that
//! signatures wait for. None is lost, but for those of the last minutes of a server that is killed.

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

/// Kinds of refusals that are told apart within a minute, of all projects.
const ROOM: usize = 16_384;
/// How long refusals are counted that are not told apart by what was asked, in minutes.
const LONG: i64 = 10;
/// Callers of a project that are told apart as long.
const CALLERS: usize = 64;

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
    stored: HashMap<Share, u32>,
    /// The long time that `named` is about.
    long: i64,
    named: HashMap<Share, HashSet<Who>>,
    tallies: HashMap<Kind, Tally>,
    /// What is to be recorded now, and may be already: whoever tries again does it with the same
    /// events.
    owed: Vec<NewEventRow>,
    /// That was tried, and failed.
    is_behind: bool,
}

/// What becomes of verdicts.
#[derive(Debug)]
pub(super) struct Sifted {
    /// They are recorded one by one.
    pub(super) events: Vec<NewEventRow>,
    /// They are to be counted when the others are on record.
    pub(super) counted: Vec<(Kind, Tally)>,
}

impl Refusals {
    pub(super) fn new(limits: AuditLimits) -> Self {
        Self { limits, open: Mutex::default() }
    }

    /// Tells what is recorded one by one: all that allow something, and of the refusals the first.
    /// `tight`: of the refusals none.
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

    /// Counts what [`Refusals::sift`] left.
    pub(super) fn count(&self, counted: Vec<(Kind, Tally)>, now: DateTime<Utc>) {
        if counted.is_empty() {
            return;
        }
        let mut open = self.open(now);
        for (kind, tally) in counted {
            open.count(kind, tally);
        }
    }

    /// Takes failures to authenticate, which are counted already: those of a trail that has had its
    /// share of the day, or where it is `tight`, are counted on.
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

    /// What is to be recorded by now, or `all` that there is. What failed before is tried by itself,
    /// and the others are counted on.
    pub(super) fn owed(&self, now: DateTime<Utc>, all: bool) -> Vec<NewEventRow> {
        let mut open = self.open(now);
        if !open.is_behind || all {
            let is_due = |_: &Kind, tally: &mut Tally| all || tally.is_due(now);
            let due: Vec<_> = open.tallies.extract_if(is_due).collect();
            open.owed.extend(due.iter().map(|(_, tally)| tally.event()));
        }
        open.owed.clone()
    }

    /// Whether what is owed could not be recorded when it was tried last.
    pub(super) fn is_behind(&self) -> bool {
        self.lock().is_behind
    }

    /// Notes that `events` are on record.
    pub(super) fn paid(&self, events: &[NewEventRow]) {
        let paid: HashSet<_> = events.iter().map(|event| &event.id).collect();
        let mut open = self.lock();
        open.owed.retain(|event| !paid.contains(&event.id));
        open.is_behind = false;
    }

    /// Notes that nothing is known to be on record; whether that is new.
    pub(super) fn failed(&self) -> bool {
        !std::mem::replace(&mut self.lock().is_behind, true)
    }

    /// What there is, at the minute and day of `now`.
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
    /// Begins a minute, a long time or a day. Requests come a little out of order: none goes back.
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

    /// Whether this refusal is one of those that are recorded one by one. It is noted then.
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

    /// In what a refusal that is not recorded by itself is told from others.
    fn rough(&mut self, limits: &AuditLimits, kind: Kind, tight: bool) -> Kind {
        if tight || !self.recorded.contains_key(&kind) || self.is_over(limits, &kind.share) {
            return self.name(kind.whatever_was_asked());
        }
        kind
    }

    /// The same without whoever it is, where enough are told apart.
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

    /// Notes one more event, if there was not a day's share of them.
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
