//! Refusals, on their way to the record: the first of a minute one by one, the others as one event
//! that says how many they were, so that nobody to whom nothing is allowed can fill the disk that
//! signatures wait for. None is lost, but for those of the last minutes of a server that is killed.

use std::collections::{HashMap, HashSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};
use sail_cargo_protocol::Outcome;

use super::event::Event;
use super::limits::AuditLimits;
use super::tally::{Kind, Share, Tally, Who, minute};
use super::{Decision, Failures};
use crate::store::write::Context;

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
    owed: Vec<Event>,
}

/// What becomes of verdicts.
#[derive(Debug)]
pub(super) struct Sifted {
    /// They are recorded one by one.
    pub(super) events: Vec<Event>,
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
            events.extend(decisions.into_iter().map(|decision| Event::new(context, decision)));
            return Sifted { events, counted };
        }
        let mut open = self.open(context.now);
        for decision in decisions {
            let is_allowed = decision.outcome == Outcome::Allow;
            let kind = Kind::of(context, &decision);
            let event = Event::new(context, decision);
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
                open.owed.push(Event::of_failures(failures));
            } else {
                let kind = open.name(kind);
                open.count(kind, Tally::of_failures(failures, now));
            }
        }
    }

    /// What is to be recorded by now, or `all` that there is. While something is owed from before,
    /// that is tried first, and the others are counted on.
    pub(super) fn owed(&self, now: DateTime<Utc>, all: bool) -> Vec<Event> {
        let mut open = self.open(now);
        if open.owed.is_empty() || all {
            let is_due = |_: &Kind, tally: &mut Tally| all || tally.is_due(now);
            let due: Vec<_> = open.tallies.extract_if(is_due).collect();
            open.owed.extend(due.iter().map(|(_, tally)| tally.event()));
        }
        open.owed.clone()
    }

    /// Whether something is owed that could not be recorded yet.
    pub(super) fn is_behind(&self) -> bool {
        !self.lock().owed.is_empty()
    }

    /// Notes that `events` are on record.
    pub(super) fn paid(&self, events: &[Event]) {
        let paid: HashSet<_> = events.iter().map(Event::id).collect();
        self.lock().owed.retain(|event| !paid.contains(event.id()));
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
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::{Caller, OperatorName, ProjectId};
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

    fn failures(project: u8) -> Failures {
        Failures {
            project: Some(decision(project, false, true).project),
            shown: "key:8fK2mQ0ZtYb1".to_owned(),
            via_key: None,
            reason: "invalid_api_key",
            detail: "no".into(),
            origin: Origin::default(),
            request_id: "r".to_owned(),
            count: 1,
            first: at(0),
            last: at(0),
        }
    }

    /// How many refusals they stand for, and who asked.
    fn said(events: &[Event]) -> Vec<(u64, &str)> {
        events.iter().map(|event| (event.stands_for(), event.actor())).collect()
    }

    fn total(events: &[Event]) -> u64 {
        said(events).iter().map(|(count, _)| count).sum()
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
                let Sifted { events, counted } = refusals.sift(
                    &context(*actor, now), vec![decision(*project, *allow, *reason)], *tight);
                refusals.count(counted, at(now));
                allowed += events.len() as u64 * u64::from(*allow);
                told += events.len() as u64 * u64::from(!*allow);
                let owed = refusals.owed(at(now), false);
                if later % 2 == 0 {
                    told += total(&owed);
                    refusals.paid(&owed);
                }
            }
            told += total(&refusals.owed(at(now), true));
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
            let sifted = refusals.sift(&actor, vec![decision(1, false, number % 2 == 0)], false);
            refusals.count(sifted.counted, actor.now);
            events += sifted.events.len();
        }
        let due = refusals.owed(at(0), true).len();
        assert!(events <= 1000 && due <= 1000, "{events} recorded, {due} counted");
    }

    /// One refusal of each of these callers at `second`, of which none is recorded by itself.
    fn refuse(refusals: &Refusals, actors: std::ops::Range<u8>, second: i64) {
        for actor in actors {
            let context = context(actor, second);
            let sifted = refusals.sift(&context, vec![decision(1, false, true)], false);
            assert_eq!(sifted.events, []);
            refusals.count(sifted.counted, context.now);
        }
    }

    #[test]
    fn what_could_not_be_recorded_is_tried_again_as_it_was() {
        let refusals = Refusals::new(limits(60, 0));
        refuse(&refusals, 1..2, 0);
        assert_eq!(refusals.owed(at(540), false), []);
        let owed = refusals.owed(at(600), false);
        assert_eq!(said(&owed), [(1, "operator:a1")]);
        // That failed, or nobody knows. Meanwhile there is more.
        refuse(&refusals, 2..3, 660);
        refuse(&refusals, 1..2, 661);
        assert_eq!(refusals.owed(at(1260), false), owed, "their ids are the same");
        let stored = refusals.open(at(1260)).stored.values().copied().collect::<Vec<_>>();
        assert_eq!(stored, [3], "each took a share once");
        refusals.paid(&owed);
        let owed = refusals.owed(at(1261), false);
        let mut rest = said(&owed);
        rest.sort_unstable();
        assert_eq!(rest, [(1, "operator:a1"), (1, "operator:a2")]);
    }

    #[test]
    fn who_uses_up_a_project_s_share_hides_nobody_else() {
        let refusals = Refusals::new(limits(60, 1));
        let first = refusals.sift(&context(1, 0), vec![decision(1, false, true)], false);
        assert_eq!(first.events.len(), 1);
        for _ in 0..3 {
            refuse(&refusals, 2..4, 1);
        }
        let owed = refusals.owed(at(1), true);
        let mut told = said(&owed);
        told.sort_unstable();
        assert_eq!(told, [(3, "operator:a2"), (3, "operator:a3")]);
        refusals.paid(&owed);

        refuse(&refusals, 0..100, 1200);
        let owed = refusals.owed(at(1200), true);
        let many: u64 = said(&owed).iter().filter(|(_, who)| *who == "many").map(|it| it.0).sum();
        assert_eq!((owed.len(), many), (CALLERS + 1, 36), "so many are told apart");
    }

    #[test]
    fn an_outsider_who_guesses_takes_nothing_of_what_is_told_of_callers() {
        let refusals = Refusals::new(limits(60, 2));
        refusals.take_failures(vec![failures(1), failures(1), failures(1)], at(0), false);
        let sifted = refusals.sift(&context(1, 0), vec![decision(1, false, true)], false);
        assert_eq!(sifted.events.len(), 1);
        let owed = refusals.owed(at(0), true);
        assert_eq!((owed.len(), total(&owed)), (3, 3));
    }
}
