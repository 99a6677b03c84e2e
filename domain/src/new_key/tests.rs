use chrono::TimeDelta;
use sail_cargo_protocol::{PatchApiKey, RotateApiKey};

use super::*;
use crate::conflict::Conflict;
use crate::key_edit::KeyEdit;
use crate::key_rotation::KeyRotation;
use crate::names::{KeyId, OperatorName, ProjectId};

const OWN: &str = "OWNOWNOWNOWN";
const OTHER: &str = "OTHEROTHEROT";

fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(1_800_000_000, 0).unwrap()
}

fn days(days: i64) -> DateTime<Utc> {
    now() + TimeDelta::days(days)
}

/// The application, with a key that expires in 30 days and may read grants and create keys.
fn root() -> Caller {
    Caller::Root(KeyHolder {
        project: ProjectId::parse("0b6f4cdb-7a0f-4f0f-9f4e-2d5a3a1a0001").unwrap(),
        id: KeyId::parse(OWN).unwrap(),
        scopes: [Scope::GrantsRead, Scope::KeysWrite].into(),
        expires_at: Some(days(30)),
    })
}

fn operator() -> Caller {
    Caller::Operator { name: OperatorName::server(), project: None }
}

fn asked(name: &str, scopes: &[Scope], expires_at: Option<DateTime<Utc>>) -> CreateApiKey {
    let scopes = (!scopes.is_empty()).then(|| scopes.iter().copied().collect());
    CreateApiKey { name: name.to_owned(), scopes, expires_at, project: None }
}

/// A key that was created 10 days ago, for 100 days.
fn stored(id: &str) -> StoredKey {
    StoredKey {
        id: KeyId::parse(id).unwrap(),
        name: "ci".to_owned(),
        scopes: [Scope::GrantsRead].into(),
        created_at: days(-10),
        created_by: "operator".to_owned(),
        expires_at: Some(days(90)),
        revoked_at: None,
        family: id.to_owned(),
        last_used_at: None,
        last_used_ip: None,
    }
}

/// The field and rule of a refusal, or the missing scope.
fn said(refusal: &KeyRefusal) -> String {
    match refusal {
        KeyRefusal::Flaw(flaw) => format!("{}: {flaw}", flaw.field()),
        KeyRefusal::Wider(scope) => format!("{scope:?}"),
        KeyRefusal::NotYours => unreachable!(),
    }
}

#[test]
fn a_new_key_is_refused_for_its_first_flaw() {
    let (over, later) = (Some(now()), Some(days(31)));
    let name = "name: 1 to 100 characters, no control characters";
    for (asked, refused) in [
        (asked("", &[Scope::Sign], over), name),
        (asked(&"ä".repeat(101), &[], None), name),
        (asked("c\ni", &[], None), name),
        (asked("ci", &[Scope::GrantsRead, Scope::Sign], over), "Sign"),
        (asked("ci", &[], over), "expires_at: must be in the future"),
        (asked("ci", &[], later), "expires_at: must not be after that of the key in use"),
    ] {
        assert_eq!(said(&NewKey::parse(asked, &root(), now()).unwrap_err()), refused);
    }
    NewKey::parse(asked(&"ä".repeat(100), &[Scope::Sign], later), &operator(), now()).unwrap();
}

#[test]
fn a_new_key_ends_in_a_year_or_with_the_key_in_use() {
    for (maker, end) in [(root(), days(30)), (operator(), days(365))] {
        let key = NewKey::parse(asked("ci", &[], None), &maker, now()).unwrap();
        assert_eq!(key.scopes(), &[Scope::GrantsRead].into());
        assert_eq!(key.expires_at(), end);
    }
}

#[test]
fn a_successor_lives_as_long_as_the_old_key_was_made_for() {
    let rotate = |maker: &Caller, id: &str, expires_at| {
        let asked = RotateApiKey { overlap_seconds: None, expires_at };
        let rotation = KeyRotation::parse(&asked, now()).unwrap();
        rotation.end(&stored(id), maker, now()).map_err(|refusal| said(&refusal))
    };
    for (maker, id, asked, end) in [
        (operator(), OTHER, None, Ok(days(100))),
        (operator(), OTHER, Some(days(500)), Ok(days(500))),
        (root(), OTHER, None, Ok(days(30))),
        (root(), OTHER, Some(days(31)), Err("must not be after that of the key in use")),
        (root(), OWN, None, Ok(days(100))),
        (root(), OWN, Some(days(365)), Ok(days(365))),
        (root(), OWN, Some(days(366)), Err("at most 365 days from now")),
    ] {
        let end = end.map_err(|rule: &str| format!("expires_at: {rule}"));
        assert_eq!(rotate(&maker, id, asked), end, "{id} {asked:?}");
    }
    let signs = StoredKey { scopes: [Scope::Sign].into(), ..stored(OTHER) };
    let rotation = KeyRotation::parse(&RotateApiKey::default(), now()).unwrap();
    assert_eq!(rotation.end(&signs, &root(), now()), Err(KeyRefusal::Wider(Scope::Sign)));
    assert_eq!(rotation.overlap(), TimeDelta::days(1));
}

#[test]
fn a_rotation_lasts_for_thirty_days_at_most_and_never_ends_in_the_past() {
    let parse = |overlap, expires_at| {
        let asked = RotateApiKey { overlap_seconds: Some(overlap), expires_at };
        KeyRotation::parse(&asked, now()).map_err(|flaw| format!("{}: {flaw}", flaw.field()))
    };
    assert_eq!(parse(30 * 86_400, None).unwrap().overlap(), TimeDelta::days(30));
    let over = Some(now());
    assert_eq!(parse(30 * 86_400 + 1, over), Err("overlap_seconds: at most 30 days".into()));
    assert_eq!(parse(0, over), Err("expires_at: must be in the future".into()));
}

#[test]
fn a_key_is_made_less_and_never_more() {
    let patch = |name: Option<&str>, scopes: &[Scope], expires_at| PatchApiKey {
        name: name.map(ToOwned::to_owned),
        scopes: (!scopes.is_empty()).then(|| scopes.iter().copied().collect()),
        expires_at,
    };
    let parse = |asked| KeyEdit::parse(asked, now());
    let flaw = parse(patch(Some(""), &[], Some(now()))).unwrap_err();
    assert_eq!(flaw.field(), &Field::Name);
    let flaw = parse(patch(Some("a"), &[], Some(now()))).unwrap_err();
    assert_eq!(flaw.field(), &Field::ExpiresAt);

    let before = stored(OTHER);
    for (asked, widened) in [
        (patch(Some("nightly"), &[], None), false),
        (patch(None, &[Scope::GrantsRead], Some(days(90))), false),
        (patch(None, &[Scope::GrantsRead, Scope::Sign], None), true),
        (patch(None, &[], Some(days(91))), true),
    ] {
        let after = parse(asked.clone()).unwrap().apply(&before);
        assert_eq!(after.err(), widened.then_some(Conflict::KeyWidened), "{asked:?}");
    }
}
