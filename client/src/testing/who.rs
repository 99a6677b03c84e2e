//! The callers of a fake authority.

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};
use hyper::HeaderMap;
use sail_cargo_domain::{Caller, InvalidName, KeyHolder, KeyId, ProjectId, SubjectId, User};
use sail_cargo_protocol::{Actor, Scope, Storage, StoreAccess, Whoami};

use super::fake_state::FakeState;
use super::problem::{No, problem};

/// The prefix of the fake's tokens. The user's id follows, then the groups.
pub(super) const TOKEN: &str = "fake-token:";
/// The fake project's API key.
pub(super) const API_KEY: &str = "fake-api-key";

const PROJECT: &str = "fake";
const PROJECT_ID: &str = "00000000-0000-4000-8000-000000000000";
pub(super) const KEY_ID: &str = "FAKEKEY00000";

/// Reads the credentials. The API key alone is the application; with a token, the application asks
/// on behalf of a user.
pub(super) fn caller(headers: &HeaderMap, now: DateTime<Utc>) -> Result<Caller, No> {
    let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let strange = || problem(401, "unauthenticated", "the fake authority does not know the caller");
    let key = match header("x-api-key") {
        Some(API_KEY) => Some(key_holder().map_err(|_| strange())?),
        Some(_) => return Err(strange()),
        None => None,
    };
    let bearer = header("authorization").map(|value| value.strip_prefix("Bearer "));
    match (bearer, key) {
        (None, Some(key)) => Ok(Caller::Root(key)),
        (Some(Some(token)), key) => user(token, key, now).ok_or_else(strange).map(Caller::User),
        _ => Err(strange()),
    }
}

fn key_holder() -> Result<KeyHolder, InvalidName> {
    Ok(KeyHolder {
        project: ProjectId::parse(PROJECT_ID)?,
        id: KeyId::parse(KEY_ID)?,
        scopes: Scope::ALL.into(),
        expires_at: None,
    })
}

fn user(token: &str, via: Option<KeyHolder>, now: DateTime<Utc>) -> Option<User> {
    let mut names = token.strip_prefix(TOKEN)?.split(';').map(SubjectId::parse_new);
    Some(User {
        project: ProjectId::parse(PROJECT_ID).ok()?,
        id: names.next()?.ok()?,
        groups: names.collect::<Result<BTreeSet<_>, InvalidName>>().ok()?,
        service_account: false,
        expires_at: now + TimeDelta::hours(1),
        signed_in_at: None,
        via,
        epoch: None,
    })
}

/// The name of a caller in a [`SigningAttempt`](super::SigningAttempt).
pub(super) fn name(caller: &Caller) -> String {
    match caller {
        Caller::User(user) => format!("user:{}", user.id),
        Caller::Everybody(_) => caller.to_string(),
        Caller::Root(_) | Caller::AccessKey(_) | Caller::Session(_) | Caller::Operator { .. } => {
            "root".to_owned()
        }
    }
}

pub(super) fn whoami(fake: &FakeState, caller: &Caller) -> Whoami {
    let (actor, id) = match caller {
        Caller::User(user) | Caller::Everybody(user) => (Actor::User, user.id.to_string()),
        Caller::Root(_) | Caller::AccessKey(_) | Caller::Session(_) | Caller::Operator { .. } => {
            (Actor::Root, KEY_ID.to_owned())
        }
    };
    let groups = match caller {
        Caller::User(user) => user.groups.iter().map(ToString::to_string).collect(),
        _ => Vec::new(),
    };
    Whoami {
        actor,
        id,
        project: Some(PROJECT.to_owned()),
        storage: Some(Storage {
            endpoints: vec![fake.endpoint.to_wire()],
            region: fake.credentials.region().to_owned(),
            access: StoreAccess::Direct,
            gateway: None,
        }),
        home: None,
        groups,
        service_account: false,
        scopes: if actor == Actor::Root { Scope::ALL.into() } else { BTreeSet::new() },
        via_key: caller.via_key().map(ToString::to_string),
        expires_at: caller.expires_at(),
    }
}
