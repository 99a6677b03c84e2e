use proptest::prelude::*;

use super::*;
use crate::domain::{Caller, OperatorName, Origin, ProjectId};

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

/// The number of refusals that each event stands for, and its actor.
fn said(events: &[NewEventRow]) -> Vec<(u64, &str)> {
    let stands_for = |event: &NewEventRow| event.count.map_or(1, |count| count.try_into().unwrap());
    events.iter().map(|event| (stands_for(event), &*event.actor)).collect()
}

fn total(events: &[NewEventRow]) -> u64 {
    said(events).iter().map(|(count, _)| count).sum()
}

proptest! {
    #[test]
    fn every_verdict_is_recorded_or_counted_exactly_once(
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
fn a_flood_uses_limited_space() {
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

/// Refuses one request of each caller at `second`; none of the refusals is recorded by itself.
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
    assert!(refusals.failed() && !refusals.failed());
    // More refusals follow in the meantime.
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
fn a_caller_that_uses_up_the_limit_of_a_project_hides_no_other_caller() {
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
fn failures_to_authenticate_do_not_use_the_limit_of_refusals() {
    let refusals = Refusals::new(limits(60, 2));
    refusals.take_failures(vec![failures(1), failures(1), failures(1)], at(0), false);
    let sifted = refusals.sift(&context(1, 0), vec![decision(1, false, true)], false);
    assert_eq!(sifted.events.len(), 1);
    let owed = refusals.owed(at(0), true);
    assert_eq!((owed.len(), total(&owed)), (3, 3));
}
