//! The engine and the reference implementation agree on a million questions.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use sail_cargo_server::domain::account::Username;
use sail_cargo_server::domain::caller::User;
use sail_cargo_server::domain::grant_prefix::PrefixKind;
use sail_cargo_server::domain::holdings::holdings;
use sail_cargo_server::domain::{
    AccessKeyHolder, AccessKeyId, AccessKeyKind, Action, Authority, BucketName, BucketRules,
    Caller, Grant, GrantPrefix, KeyLimits, Permission, Permissions, Prefix, ProjectId,
    ProjectRules, Subject, SubjectId, check,
};

use crate::generate::{BUCKETS, Dice, NOW, SCOPES};
use crate::reference::{Limits, Requester, State};

const EACH: [(u8, Permission); 5] = [
    (1, Permission::Read),
    (2, Permission::Write),
    (4, Permission::Delete),
    (8, Permission::Admin),
    (16, Permission::List),
];

pub(crate) fn instant(micros: i64) -> DateTime<Utc> {
    DateTime::from_timestamp_micros(micros).unwrap()
}

fn bits(bits: u8) -> Permissions {
    Permissions::from_bits(bits.into()).unwrap()
}

fn id(text: &str) -> SubjectId {
    SubjectId::parse(text).unwrap()
}

/// The state as the engine's authority for one requester.
fn authority(state: &State, requester: &Requester, now: i64) -> Authority {
    let rules = |public, ceiling| BucketRules { public: bits(public), ceiling: bits(ceiling) };
    let buckets = state.buckets.iter();
    Authority {
        project: ProjectRules {
            active: state.active,
            default_permissions: bits(state.default),
            ..ProjectRules::default()
        },
        buckets: buckets
            .map(|(name, public, ceiling)| {
                (BucketName::parse(name).unwrap(), rules(*public, *ceiling))
            })
            .collect::<BTreeMap<_, _>>(),
        grants: state.grants.iter().map(grant).collect(),
        groups: state
            .members
            .iter()
            .filter(|member| member.user == requester.user)
            .filter(|member| member.until.is_none_or(|until| now < until))
            .map(|member| id(&member.group))
            .collect(),
        username: state
            .accounts
            .iter()
            .find(|(user, _)| *user == requester.user)
            .map(|(_, name)| Username::parse(name).unwrap()),
        revision: 1,
    }
}

fn grant(grant: &crate::reference::Grant) -> Grant {
    Grant {
        bucket: BucketName::parse(&grant.bucket).unwrap(),
        prefix: GrantPrefix::parse(prefix_kind(grant.read), &grant.prefix).unwrap(),
        subject: match grant.kind {
            'u' => Subject::User(id(&grant.subject)),
            'g' => Subject::Group(id(&grant.subject)),
            't' => Subject::TokenGroup(id(&grant.subject)),
            'k' => Subject::Authenticated,
            _ => Subject::Public,
        },
        permissions: bits(grant.bits),
        not_before: grant.from.map(instant),
        expires_at: grant.until.map(instant),
    }
}

pub(crate) fn prefix_kind(letter: char) -> PrefixKind {
    if letter == 't' { PrefixKind::Template } else { PrefixKind::Literal }
}

pub(crate) fn caller(requester: &Requester) -> Caller {
    Caller::User(User {
        project: ProjectId::parse("6f2c1d7e-3b5a-4c0e-9a44-0d7d3a1f5b21").unwrap(),
        id: id(&requester.user),
        groups: requester.groups.iter().map(|group| id(group)).collect(),
        service_account: false,
        expires_at: instant(NOW) + TimeDelta::hours(1),
        signed_in_at: None,
        epoch: None,
        via: None,
    })
}

/// The engine's answer to one question.
pub(crate) fn engine(
    state: &State,
    requester: &Requester,
    bucket: &str,
    scope: &str,
    need: u8,
    now: i64,
) -> bool {
    let (_, permission) = EACH.into_iter().find(|(bit, _)| *bit == need).unwrap();
    let (name, action) = (BucketName::parse(bucket).unwrap(), Action::Permission(permission));
    let authority = authority(state, requester, now);
    check(&caller(requester), action, &name, scope, &authority, instant(now)).is_ok()
}

/// The number of questions, and of questions about one state. `AUTHORITY_QUESTIONS=100000000` asks
/// more, for a run at night.
const QUESTIONS: usize = 1_000_000;
const OF_ONE: usize = 100;

fn ask(seed: u64, states: usize) -> [usize; 2] {
    let mut dice = Dice::seeded(seed);
    let mut said = [0, 0];
    for number in 0..states {
        let state = dice.state();
        let state = dice.with_accounts(state);
        let (requester, now) = (dice.requester(), NOW + i64::try_from(dice.roll(5)).unwrap() - 2);
        let (authority, caller) = (authority(&state, &requester, now), caller(&requester));
        for _ in 0..OF_ONE {
            let (bucket, scope) = (*dice.one(&BUCKETS), *dice.one(&SCOPES));
            let (need, permission) = *dice.one(&EACH);
            let name = BucketName::parse(bucket).unwrap();
            let action = Action::Permission(permission);
            let engine = check(&caller, action, &name, scope, &authority, instant(now)).is_ok();
            let plain = state.allows(&requester, bucket, scope, need, now);
            assert_eq!(
                engine, plain,
                "seed {seed}, state {number}: {requester:?} {permission:?} {bucket}/{scope} {state:#?}"
            );
            said[usize::from(engine)] += 1;
        }
    }
    said
}

#[test]
fn the_engine_and_the_plain_reading_agree_on_a_million_questions() {
    let asked = std::env::var_os("AUTHORITY_QUESTIONS");
    let questions = asked.map_or(QUESTIONS, |text| text.to_str().unwrap().parse().unwrap());
    let states = questions.div_ceil(2 * OF_ONE);
    let other = std::thread::spawn(move || ask(2, states));
    let (one, other) = (ask(1, states), other.join().unwrap());
    let (no, yes) = (one[0] + other[0], one[1] + other[1]);
    assert!(no + yes >= questions);
    assert!(yes * 10 > no && no * 10 > yes, "one-sided questions prove little: {yes} of {no}");
}

/// By an access key of theirs.
fn by_key(requester: &Requester, limits: &Limits) -> Caller {
    let names = |all: &Option<Vec<String>>| all.clone();
    let limits = KeyLimits {
        buckets: names(&limits.buckets)
            .map(|all| all.iter().map(|name| BucketName::parse(name).unwrap()).collect()),
        prefixes: names(&limits.prefixes)
            .map(|all| all.iter().map(|prefix| Prefix::parse(prefix).unwrap()).collect()),
        permissions: limits.bits.map(bits),
        ..KeyLimits::default()
    };
    let Caller::User(user) = caller(requester) else { unreachable!() };
    Caller::AccessKey(AccessKeyHolder {
        project: user.project.clone(),
        id: AccessKeyId::parse("CGAKJ4ZQ2M5T7VB3KX6N").unwrap(),
        kind: AccessKeyKind::S3,
        expires_at: user.expires_at,
        user: Some(user),
        limits: limits.into(),
    })
}

/// The decision by a key is that of its user and that of its limits: by question, and by listing.
#[test]
fn an_access_key_allows_what_its_user_and_its_limits_allow() {
    let (mut dice, mut said) = (Dice::seeded(3), [0, 0]);
    for number in 0..QUESTIONS / (10 * OF_ONE) {
        let state = dice.state();
        let (state, requester, limits) =
            (dice.with_accounts(state), dice.requester(), dice.limits());
        let (authority, key) = (authority(&state, &requester, NOW), by_key(&requester, &limits));
        for _ in 0..OF_ONE {
            let (bucket, scope) = (*dice.one(&BUCKETS), *dice.one(&SCOPES));
            let (need, permission) = *dice.one(&EACH);
            let name = BucketName::parse(bucket).unwrap();
            let action = Action::Permission(permission);
            let engine = check(&key, action, &name, scope, &authority, instant(NOW)).is_ok();
            let plain = state.allows(&requester, bucket, scope, need, NOW)
                && limits.allow(bucket, scope, need);
            assert_eq!(
                engine, plain,
                "state {number}: {requester:?} {permission:?} {bucket}/{scope} {limits:?} {state:#?}"
            );
            let held = holdings(&authority, &key, &name, instant(NOW));
            let below = held.below.iter().filter(|(prefix, _)| scope.starts_with(prefix.as_str()));
            let listed = below.fold(held.whole, |all, (_, more)| all.union(*more));
            assert_eq!(
                listed.contains(permission),
                plain,
                "{bucket}/{scope} {limits:?} {state:#?}"
            );
            said[usize::from(engine)] += 1;
        }
    }
    assert!(said[1] * 50 > said[0], "one-sided questions prove little: {said:?}");
}

#[test]
fn the_plain_reading_fits_on_a_page() {
    assert!(include_str!("reference.rs").lines().count() <= 150);
}
