//! The rows of `grant_`, and the queries that read them.

use std::collections::BTreeSet;

use diesel::prelude::*;

use super::super::connection::DbConnection;
use super::super::error::StoreError;
use super::super::rows::{maybe_instant, permissions};
use super::super::schema::grant_ as dsl;
use super::{GrantKey, GrantState, StoredGrant};
use crate::domain::caller::User;
use crate::domain::{BucketName, Grant, Prefix, ProjectId, Subject, SubjectId};

pub(super) fn subject_columns(subject: &Subject) -> (&'static str, &str) {
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

pub(super) fn find(
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

pub(super) fn on_bucket(
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
pub(in crate::store) fn naming(
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
