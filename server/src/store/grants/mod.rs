//! `grant_`: who may do what, where, and until when.

mod admin;
mod rows;

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use sail_cargo_protocol::Outcome;
use serde_json::json;

use super::Store;
use super::audit::{self, Decision};
use super::connection::{DbConnection, snapshot};
use super::error::StoreError;
use super::rows::micros;
use super::schema::grant_ as dsl;
use super::write::{Change, Context, Effect, mutate};
use crate::domain::{BucketName, Permissions, Prefix, ProjectId, Subject};
use admin::{administered, demand_admin};
pub(super) use rows::naming;
use rows::{find, on_bucket, subject_columns};

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
