//! `grant_`: who may do what, where, and until when.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use sail_cargo_protocol::Outcome;
use serde_json::json;

use super::Store;
use super::audit::{self, Decision};
use super::authority;
use super::connection::{DbConnection, snapshot};
use super::error::StoreError;
use super::rows::{maybe_instant, micros, permissions};
use super::schema::grant_ as dsl;
use super::write::{Change, Context, Effect, mutate};
use crate::domain::authority::Scope;
use crate::domain::caller::User;
use crate::domain::{
    BucketName, Caller, Grant, Permission, Permissions, Prefix, ProjectId, Subject, SubjectId,
};

/// Prefixes one subject may have grants on in one bucket.
const MAX_PER_SUBJECT: i64 = 500;

/// Which grant: no two have the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GrantKey {
    /// The bucket.
    pub bucket: BucketName,
    /// The part of it.
    pub prefix: Prefix,
    /// Whom it names.
    pub subject: Subject,
}

impl GrantKey {
    /// Where it stands in a bucket's listing.
    pub fn position(&self) -> (String, String, String) {
        let (kind, subject) = subject_columns(&self.subject);
        (self.prefix.to_string(), kind.to_owned(), subject.to_owned())
    }
}

/// What a grant says, beside which one it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GrantState {
    /// What it allows.
    pub permissions: Permissions,
    /// Not before this instant.
    pub not_before: Option<DateTime<Utc>>,
    /// Not at or after this instant.
    pub expires_at: Option<DateTime<Utc>>,
    /// Why it was given.
    pub reason: Option<String>,
}

/// A grant with its history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredGrant {
    /// Which one.
    pub key: GrantKey,
    /// What it says.
    pub state: GrantState,
    /// Who gave it.
    pub granted_by: String,
    /// The revision that created it.
    pub created_revision: i64,
    /// The revision that last changed it.
    pub updated_revision: i64,
}

impl Store {
    /// Gives a grant, or replaces the one that is there. Who may give it is decided inside the
    /// transaction.
    ///
    /// # Errors
    /// The bucket is not the project's, or the caller does not administer that part of it.
    pub async fn put_grant(
        &self,
        project: ProjectId,
        key: GrantKey,
        state: GrantState,
        context: Context,
    ) -> Result<StoredGrant, StoreError> {
        self.run(move |connection| {
            let changed = mutate(connection, &project, &context, |connection, revision| {
                demand_admin(connection, &project, &context, &key)?;
                put(connection, &project, &context, revision, &key, state)
            });
            refusal_on_record(connection, &project, &context, "grant.put", &key, changed)
        })
        .await
    }

    /// Takes a grant away; whether it was there.
    ///
    /// # Errors
    /// The bucket is not the project's, or the caller does not administer that part of it.
    pub async fn delete_grant(
        &self,
        project: ProjectId,
        key: GrantKey,
        context: Context,
    ) -> Result<bool, StoreError> {
        self.run(move |connection| {
            let changed = mutate(connection, &project, &context, |connection, _| {
                demand_admin(connection, &project, &context, &key)?;
                delete(connection, &project, &key)
            });
            refusal_on_record(connection, &project, &context, "grant.delete", &key, changed)
        })
        .await
    }

    /// One grant.
    ///
    /// # Errors
    /// There is none, or the caller does not administer that part of the bucket.
    pub async fn grant(
        &self,
        project: ProjectId,
        key: GrantKey,
        context: Context,
    ) -> Result<StoredGrant, StoreError> {
        self.run(move |connection| {
            snapshot(connection, |connection| {
                demand_admin(connection, &project, &context, &key)?;
                find(connection, &project, &key)?.ok_or(StoreError::NotFound("grant"))
            })
        })
        .await
    }

    /// The grants on a bucket that the caller administers, in key order after `after`, at most
    /// `limit`.
    ///
    /// # Errors
    /// The bucket is not the project's, or the caller administers no part of it.
    pub async fn grants(
        &self,
        project: ProjectId,
        bucket: BucketName,
        after: Option<(String, String, String)>,
        limit: usize,
        context: Context,
    ) -> Result<Vec<StoredGrant>, StoreError> {
        self.run(move |connection| {
            snapshot(connection, |connection| {
                let administers = administered(connection, &project, &context, &bucket)?;
                let rows = on_bucket(connection, &project, &bucket, after)?;
                let visible = rows.into_iter().filter(|grant| match grant {
                    Ok(grant) => administers(&grant.key.prefix),
                    Err(_) => true,
                });
                visible.take(limit).collect()
            })
        })
        .await
    }
}

/// Refuses callers who do not administer what `key` covers. A bucket that is not registered
/// and one in which the caller administers nothing read the same.
fn demand_admin(
    connection: &mut DbConnection,
    project: &ProjectId,
    context: &Context,
    key: &GrantKey,
) -> Result<(), StoreError> {
    let administers = administered(connection, project, context, &key.bucket)?;
    if administers(&key.prefix) {
        return Ok(());
    }
    Err(StoreError::Forbidden(format!(
        "no admin permission on `{}/{}`",
        key.bucket,
        key.prefix.as_str()
    )))
}

/// A change that was refused left no trace in its transaction: it gets one of its own.
fn refusal_on_record<T>(
    connection: &mut DbConnection,
    project: &ProjectId,
    context: &Context,
    action: &str,
    key: &GrantKey,
    changed: Result<T, StoreError>,
) -> Result<T, StoreError> {
    let reason = match &changed {
        Err(StoreError::Forbidden(_)) => "no_permission",
        Err(StoreError::NotFound("bucket")) => "not_found",
        _ => return changed,
    };
    let decision = Decision {
        project: project.clone(),
        action: action.to_owned(),
        bucket: Some(key.bucket.to_string()),
        object: Some(place(key)),
        outcome: Outcome::Deny,
        reason: reason.to_owned(),
        detail: changed.as_ref().err().map(ToString::to_string).unwrap_or_default(),
        revision: None,
        request: None,
    };
    audit::insert(connection, context, &decision)?;
    changed
}

/// Refuses more grants than a listing of somebody's permissions can be made of.
fn check_count(
    connection: &mut DbConnection,
    project: &ProjectId,
    key: &GrantKey,
) -> Result<(), StoreError> {
    let (kind, subject) = subject_columns(&key.subject);
    let count: i64 = dsl::table
        .filter(dsl::project_id.eq(project.as_str()))
        .filter(dsl::bucket.eq(key.bucket.as_str()))
        .filter(dsl::subject_kind.eq(kind))
        .filter(dsl::subject.eq(subject))
        .count()
        .get_result(connection)?;
    if count < MAX_PER_SUBJECT {
        return Ok(());
    }
    Err(StoreError::Conflict {
        code: "too_many_grants",
        detail: format!("{} has {MAX_PER_SUBJECT} grants on this bucket already", whom(key)),
    })
}

/// Which prefixes of `bucket` the caller administers.
fn administered(
    connection: &mut DbConnection,
    project: &ProjectId,
    context: &Context,
    bucket: &BucketName,
) -> Result<impl Fn(&Prefix) -> bool + use<>, StoreError> {
    let buckets = [bucket.clone()];
    let authority =
        authority::load(connection, project, &context.caller, Some(&buckets), context.now)?;
    if !authority.buckets.contains_key(bucket) {
        return Err(StoreError::NotFound("bucket"));
    }
    let (caller, bucket, now) = (context.caller.clone(), bucket.clone(), context.now);
    let holds = move |scope: Scope<'_>| match &caller {
        Caller::Root(_) | Caller::Operator { .. } => true,
        Caller::User(user) => {
            authority.holds(user, Permission::Admin, &bucket, scope, now).is_some()
        }
    };
    if !holds(Scope::Anywhere) {
        return Err(StoreError::NotFound("bucket"));
    }
    Ok(move |prefix: &Prefix| holds(Scope::Below(prefix.as_str())))
}

fn put(
    connection: &mut DbConnection,
    project: &ProjectId,
    context: &Context,
    revision: i64,
    key: &GrantKey,
    state: GrantState,
) -> Result<Effect<StoredGrant>, StoreError> {
    let before = find(connection, project, key)?;
    if let Some(before) = before.as_ref().filter(|before| before.state == state) {
        return Ok(Effect::Unchanged(before.clone()));
    }
    let after = StoredGrant {
        key: key.clone(),
        state,
        granted_by: context.caller.to_string(),
        created_revision: before.as_ref().map_or(revision, |before| before.created_revision),
        updated_revision: revision,
    };
    let state = &after.state;
    let values = (
        dsl::perms.eq(state.permissions.bits()),
        dsl::not_before.eq(state.not_before.map(micros)),
        dsl::expires_at.eq(state.expires_at.map(micros)),
        dsl::reason.eq(&state.reason),
        dsl::granted_by.eq(&after.granted_by),
        dsl::updated_rev.eq(revision),
    );
    let (kind, subject) = subject_columns(&key.subject);
    if before.is_some() {
        let row = (project.as_str(), key.bucket.as_str(), key.prefix.as_str(), kind, subject);
        diesel::update(dsl::table.find(row)).set(values).execute(connection)?;
    } else {
        check_count(connection, project, key)?;
        let born = (
            dsl::project_id.eq(project.as_str()),
            dsl::bucket.eq(key.bucket.as_str()),
            dsl::prefix.eq(key.prefix.as_str()),
            dsl::subject_kind.eq(kind),
            dsl::subject.eq(subject),
            dsl::created_rev.eq(revision),
        );
        diesel::insert_into(dsl::table).values((born, values)).execute(connection)?;
    }
    let words: Vec<_> = state.permissions.iter().map(crate::domain::permissions::word).collect();
    let change = Change {
        kind: "grant.put",
        bucket: Some(key.bucket.to_string()),
        object: Some(place(key)),
        detail: format!("granted {} on {} to {}", words.join("+"), whole(key), whom(key)),
        body: json!({ "before": before.as_ref().map(body), "after": body(&after) }),
    };
    Ok(Effect::Changed(after, change))
}

fn delete(
    connection: &mut DbConnection,
    project: &ProjectId,
    key: &GrantKey,
) -> Result<Effect<bool>, StoreError> {
    let Some(before) = find(connection, project, key)? else { return Ok(Effect::Unchanged(false)) };
    let (kind, subject) = subject_columns(&key.subject);
    let row = (project.as_str(), key.bucket.as_str(), key.prefix.as_str(), kind, subject);
    diesel::delete(dsl::table.find(row)).execute(connection)?;
    let change = Change {
        kind: "grant.delete",
        bucket: Some(key.bucket.to_string()),
        object: Some(place(key)),
        detail: format!("took all permissions on {} from {}", whole(key), whom(key)),
        body: json!({ "before": body(&before), "after": null }),
    };
    Ok(Effect::Changed(true, change))
}

fn place(key: &GrantKey) -> String {
    format!("{} {}", whom(key), key.prefix.as_str()).trim_end().to_owned()
}

fn whole(key: &GrantKey) -> String {
    if key.prefix.is_whole_bucket() {
        key.bucket.to_string()
    } else {
        format!("{}/{}", key.bucket, key.prefix.as_str())
    }
}

fn whom(key: &GrantKey) -> String {
    match &key.subject {
        Subject::User(id) => format!("user:{id}"),
        Subject::Group(id) => format!("group:{id}"),
        Subject::Authenticated => "everybody with a token".to_owned(),
        Subject::Public => "everybody".to_owned(),
    }
}

fn body(grant: &StoredGrant) -> serde_json::Value {
    let (kind, subject) = subject_columns(&grant.key.subject);
    json!({
        "bucket": grant.key.bucket.as_str(),
        "prefix": grant.key.prefix.as_str(),
        "subject_kind": kind,
        "subject": subject,
        "perms": grant.state.permissions.bits(),
        "not_before": grant.state.not_before.map(micros),
        "expires_at": grant.state.expires_at.map(micros),
        "reason": grant.state.reason,
        "granted_by": grant.granted_by,
    })
}

fn subject_columns(subject: &Subject) -> (&'static str, &str) {
    match subject {
        Subject::User(id) => ("u", id.as_str()),
        Subject::Group(id) => ("g", id.as_str()),
        Subject::Authenticated => ("k", "*"),
        Subject::Public => ("*", "*"),
    }
}

fn parse_subject(kind: &str, subject: &str) -> Result<Subject, StoreError> {
    let id = || SubjectId::parse(subject).map_err(StoreError::corrupt);
    match kind {
        "u" => id().map(Subject::User),
        "g" => id().map(Subject::Group),
        "k" => Ok(Subject::Authenticated),
        "*" => Ok(Subject::Public),
        other => Err(StoreError::corrupt(format!("no subject kind is called {other}"))),
    }
}

type Row = (
    String,
    String,
    String,
    String,
    i16,
    Option<i64>,
    Option<i64>,
    Option<String>,
    String,
    i64,
    i64,
);

const COLUMNS: (
    dsl::bucket,
    dsl::prefix,
    dsl::subject_kind,
    dsl::subject,
    dsl::perms,
    dsl::not_before,
    dsl::expires_at,
    dsl::reason,
    dsl::granted_by,
    dsl::created_rev,
    dsl::updated_rev,
) = (
    dsl::bucket,
    dsl::prefix,
    dsl::subject_kind,
    dsl::subject,
    dsl::perms,
    dsl::not_before,
    dsl::expires_at,
    dsl::reason,
    dsl::granted_by,
    dsl::created_rev,
    dsl::updated_rev,
);

fn stored(row: Row) -> Result<StoredGrant, StoreError> {
    let (bucket, prefix, kind, subject, perms, from, until, reason, granted_by, born, changed) =
        row;
    Ok(StoredGrant {
        key: GrantKey {
            bucket: BucketName::parse(&bucket).map_err(StoreError::corrupt)?,
            prefix: Prefix::parse(&prefix).map_err(StoreError::corrupt)?,
            subject: parse_subject(&kind, &subject)?,
        },
        state: GrantState {
            permissions: permissions(perms)?,
            not_before: maybe_instant(from)?,
            expires_at: maybe_instant(until)?,
            reason,
        },
        granted_by,
        created_revision: born,
        updated_revision: changed,
    })
}

fn find(
    connection: &mut DbConnection,
    project: &ProjectId,
    key: &GrantKey,
) -> Result<Option<StoredGrant>, StoreError> {
    let (kind, subject) = subject_columns(&key.subject);
    let row = (project.as_str(), key.bucket.as_str(), key.prefix.as_str(), kind, subject);
    dsl::table
        .find(row)
        .select(COLUMNS)
        .first::<Row>(connection)
        .optional()?
        .map(stored)
        .transpose()
}

fn on_bucket(
    connection: &mut DbConnection,
    project: &ProjectId,
    bucket: &BucketName,
    after: Option<(String, String, String)>,
) -> Result<Vec<Result<StoredGrant, StoreError>>, StoreError> {
    let mut query = dsl::table
        .filter(dsl::project_id.eq(project.to_string()))
        .filter(dsl::bucket.eq(bucket.to_string()))
        .into_boxed();
    if let Some((prefix, kind, subject)) = after {
        let same_kind = dsl::subject_kind.eq(kind.clone()).and(dsl::subject.gt(subject));
        let same_prefix =
            dsl::prefix.eq(prefix.clone()).and(dsl::subject_kind.gt(kind).or(same_kind));
        query = query.filter(dsl::prefix.gt(prefix).or(same_prefix));
    }
    Ok(query
        .order((dsl::prefix, dsl::subject_kind, dsl::subject))
        .select(COLUMNS)
        .load::<Row>(connection)?
        .into_iter()
        .map(stored)
        .collect())
}

/// The grants that could name `user`, who is in `groups`; on `buckets`, or anywhere.
pub(super) fn naming(
    connection: &mut DbConnection,
    project: &ProjectId,
    user: &User,
    groups: &BTreeSet<SubjectId>,
    buckets: Option<&[BucketName]>,
) -> Result<Vec<Grant>, StoreError> {
    let groups: Vec<String> = groups.iter().map(ToString::to_string).collect();
    let is_user = dsl::subject_kind.eq("u").and(dsl::subject.eq(user.id.to_string()));
    let is_group = dsl::subject_kind.eq("g").and(dsl::subject.eq_any(groups));
    let is_everybody = dsl::subject_kind.eq_any(["k", "*"]);
    let mut query = dsl::table
        .filter(dsl::project_id.eq(project.to_string()))
        .filter(is_user.or(is_group).or(is_everybody))
        .into_boxed();
    if let Some(buckets) = buckets {
        let names: Vec<String> = buckets.iter().map(ToString::to_string).collect();
        query = query.filter(dsl::bucket.eq_any(names));
    }
    query
        .select(COLUMNS)
        .load::<Row>(connection)?
        .into_iter()
        .map(|row| {
            let StoredGrant { key, state, .. } = stored(row)?;
            Ok(Grant {
                bucket: key.bucket,
                prefix: key.prefix,
                subject: key.subject,
                permissions: state.permissions,
                not_before: state.not_before,
                expires_at: state.expires_at,
            })
        })
        .collect()
}
