//! Grants of a fake authority, and what follows from them.

use sail_cargo_domain::holdings::holdings;
use sail_cargo_domain::{
    Action, BucketName, Caller, Denied, Grant, ObjectKey, Permissions, Prefix, Subject, SubjectId,
    User, check,
};
use sail_cargo_protocol::{
    self as wire, BucketPermissions, CheckRequest, CheckResponse, GrantQuery, Permission,
    PrefixPermissions, PutGrant,
};

use super::fake_state::FakeState;
use super::problem::{No, denied, invalid, not_found, problem};

/// Which grant a path and its query name.
pub(super) fn place(subject: &str, query: &GrantQuery) -> Result<(Prefix, Subject), No> {
    let bad = |error: sail_cargo_domain::InvalidName| invalid(error.to_string());
    let prefix = Prefix::parse(&query.prefix).map_err(bad)?;
    Ok((prefix, Subject::parse(query.kind, subject).map_err(bad)?))
}

/// Users administer grants where they hold `admin`; the application does everywhere.
pub(super) fn demand_admin(
    fake: &FakeState,
    caller: &Caller,
    bucket: &BucketName,
    prefix: &str,
) -> Result<(), No> {
    let admin = Action::Permission(Permission::Admin);
    match caller {
        Caller::User(_) => check(caller, admin, bucket, prefix, &fake.authority(), fake.now())
            .map(drop)
            .map_err(|no| denied(&no)),
        _ => Ok(()),
    }
}

pub(super) fn to_wire(fake: &FakeState, grant: &Grant) -> wire::Grant {
    wire::Grant {
        bucket: grant.bucket.to_string(),
        prefix: grant.prefix.to_string(),
        kind: grant.subject.kind(),
        subject: grant.subject.name().to_owned(),
        permissions: grant.permissions.into(),
        not_before: grant.not_before,
        expires_at: grant.expires_at,
        reason: None,
        granted_by: "fake".to_owned(),
        created_revision: fake.revision,
        updated_revision: fake.revision,
    }
}

pub(super) fn put(
    fake: &mut FakeState,
    bucket: BucketName,
    (prefix, subject): (Prefix, Subject),
    put: &PutGrant,
) -> Result<wire::Grant, No> {
    if put.permissions.is_empty() {
        return Err(invalid("`permissions`: at least one"));
    }
    let everybody = matches!(subject, Subject::Authenticated | Subject::Public);
    if everybody && put.permissions.contains(&Permission::Admin) {
        return Err(invalid("`permissions`: admin is never given to everybody"));
    }
    if put.not_before.zip(put.expires_at).is_some_and(|(from, until)| from >= until) {
        return Err(invalid("`expires_at`: must be after `not_before`"));
    }
    if !prefix.is_plain() {
        return Err(invalid("`prefix`: no empty segments and no backslashes"));
    }
    subject.demand_plain().map_err(|flaw| invalid(format!("`subject`: {flaw}")))?;
    if !fake.buckets.contains_key(&bucket) {
        return Err(not_found("bucket"));
    }
    let permissions = Permissions::from(&put.permissions);
    let (not_before, expires_at) = (put.not_before, put.expires_at);
    let grant = Grant { bucket, prefix, subject, permissions, not_before, expires_at };
    fake.put_grant(grant.clone());
    Ok(to_wire(fake, &grant))
}

/// What `caller` may do in `bucket`.
pub(super) fn held(fake: &FakeState, caller: &Caller, bucket: &BucketName) -> BucketPermissions {
    let held = holdings(&fake.authority(), caller, bucket, fake.now());
    let prefixes = held.below.into_iter();
    BucketPermissions {
        bucket: bucket.to_string(),
        permissions: held.whole.into(),
        prefixes: prefixes
            .map(|(prefix, permissions)| PrefixPermissions {
                prefix,
                permissions: permissions.into(),
            })
            .collect(),
    }
}

/// Answers one question.
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
    let verdict = check(&whom, action, &bucket, &scope, &fake.authority(), fake.now());
    Ok(CheckResponse {
        decision: verdict.is_ok(),
        code: verdict.as_ref().map_or_else(Denied::code, |_| "ok").to_owned(),
        required: action.permission().ok().flatten(),
        expires_at: verdict.ok().and_then(sail_cargo_domain::authority::Until::instant),
        revision: fake.revision.to_string(),
    })
}

/// Whom a question is about: the caller, or a user the application asks about.
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
        via: None,
    }))
}
