//! The grants of a fake authority, and the permissions that result.

use sail_cargo_domain::holdings::holdings;
use sail_cargo_domain::{
    Action, BucketName, Caller, Denied, GrantKey, NewGrant, ObjectKey, Prefix, Resource, SubjectId,
    User, check,
};
use sail_cargo_protocol::{
    self as wire, BucketPermissions, CheckRequest, CheckResponse, GrantQuery, Permission,
    PrefixPermissions, PutGrant,
};

use super::fake_state::FakeState;
use super::problem::{No, denied, flawed, invalid, not_found, problem};

/// The grant key in a path and its query.
pub(super) fn key(bucket: &BucketName, subject: &str, query: &GrantQuery) -> Result<GrantKey, No> {
    GrantKey::parse(bucket.as_str(), (query.prefix_kind, &query.prefix), query.kind, subject)
        .map_err(|flaw| flawed(&flaw, ""))
}

/// Checks that the caller may administer grants: the application everywhere, users where they have
/// `admin`.
pub(super) fn demand_admin(
    fake: &FakeState,
    caller: &Caller,
    bucket: &BucketName,
    prefix: &str,
) -> Result<(), No> {
    let admin = Action::Permission(Permission::Admin);
    match caller {
        Caller::User(_) => {
            check(caller, admin, bucket, prefix, &fake.authority(caller), fake.now())
                .map(drop)
                .map_err(|no| denied(&no))
        }
        _ => Ok(()),
    }
}

/// Writes a grant. The real authority's rules for grants apply.
pub(super) fn put(
    fake: &mut FakeState,
    caller: &Caller,
    key: GrantKey,
    put: PutGrant,
) -> Result<wire::Grant, No> {
    let new = NewGrant::parse(key, put).map_err(|flaw| {
        let start = if flaw.field().is_of_grant_key() { "" } else { "/" };
        flawed(&flaw, start)
    })?;
    if !fake.buckets.contains_key(&new.key().bucket) {
        return Err(not_found(Resource::Bucket));
    }
    Ok(fake.put_grant(new, caller.to_string()).into())
}

/// The permissions of `caller` in `bucket`.
pub(super) fn held(fake: &FakeState, caller: &Caller, bucket: &BucketName) -> BucketPermissions {
    let held = holdings(&fake.authority(caller), caller, bucket, fake.now());
    let prefixes = held.below.into_iter();
    BucketPermissions {
        bucket: bucket.to_string(),
        permissions: held.whole.into(),
        prefixes: prefixes
            .map(|(prefix, permissions)| PrefixPermissions {
                prefix: prefix.to_string(),
                prefix_kind: prefix.kind(),
                permissions: permissions.into(),
            })
            .collect(),
    }
}

/// Answers one access check.
pub(super) fn answer(
    fake: &FakeState,
    caller: &Caller,
    question: &CheckRequest,
) -> Result<CheckResponse, No> {
    let bad = |error: sail_cargo_domain::InvalidName| invalid(error.to_string());
    let action = Action::parse(&question.action).map_err(|error| invalid(error.to_string()))?;
    let bucket = BucketName::parse(&question.bucket).map_err(bad)?;
    let scope = match &question.key {
        Some(key) => ObjectKey::parse(key).map_err(bad)?.to_string(),
        None => Prefix::parse(&question.prefix).map_err(bad)?.to_string(),
    };
    let whom = whom(fake, caller, question)?;
    let verdict = check(&whom, action, &bucket, &scope, &fake.authority(&whom), fake.now());
    Ok(CheckResponse {
        decision: verdict.is_ok(),
        code: verdict.as_ref().map_or_else(Denied::code, |_| "ok").to_owned(),
        required: action.permission(),
        expires_at: verdict.ok().and_then(sail_cargo_domain::authority::Until::instant),
        revision: fake.revision.to_string(),
    })
}

/// The subject of a check: the caller, or the user that the application names.
fn whom(fake: &FakeState, caller: &Caller, question: &CheckRequest) -> Result<Caller, No> {
    let bad = |error: sail_cargo_domain::InvalidName| invalid(error.to_string());
    let Some(user) = &question.user else { return Ok(caller.clone()) };
    let Caller::Root(key) = caller else {
        return Err(problem(403, "root_only", "only the application asks about others"));
    };
    let groups = question.groups.iter().map(|group| SubjectId::parse(group));
    Ok(Caller::User(User {
        project: key.project.clone(),
        id: SubjectId::parse(user).map_err(bad)?,
        groups: groups.collect::<Result<_, _>>().map_err(bad)?,
        service_account: false,
        expires_at: fake.now() + chrono::TimeDelta::hours(1),
        signed_in_at: None,
        epoch: None,
        via: None,
    }))
}
