//! The rows of `grant_`, and the queries that read them.
#![expect(clippy::ref_option_ref, reason = "derives lend what is borrowed already")]

use std::collections::BTreeSet;

use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::{Bool, Text};

use super::super::connection::{Backend, DbConnection};
use super::super::error::StoreError;
use super::super::rows::{maybe_instant, micros, permissions};
use super::super::schema::bucket_grant as dsl;
use super::letters::{LETTERS, kind_column, kind_letter, parse_subject};
use super::{GrantFilter, GrantKey, GrantState, Position, StoredGrant};
use crate::domain::caller::User;
use crate::domain::{BucketName, Prefix, ProjectId, SubjectId};

/// Values in one `IN` and rows in one `INSERT` at most: PostgreSQL knows 65,535 parameters,
/// SQLite 32,766.
pub(super) const CHUNK: usize = 500;

/// A grant as it is read, in a project that is known.
#[derive(Queryable, Selectable)]
#[diesel(table_name = dsl, check_for_backend(Backend))]
struct GrantRow {
    bucket: String,
    prefix: String,
    subject_kind: String,
    subject: String,
    perms: i16,
    not_before: Option<i64>,
    expires_at: Option<i64>,
    reason: Option<String>,
    granted_by: String,
    created_rev: i64,
    updated_rev: i64,
}

impl TryFrom<GrantRow> for StoredGrant {
    type Error = StoreError;

    fn try_from(row: GrantRow) -> Result<Self, StoreError> {
        Ok(Self {
            key: GrantKey {
                bucket: BucketName::stored(&row.bucket).map_err(StoreError::corrupt)?,
                prefix: Prefix::parse(&row.prefix).map_err(StoreError::corrupt)?,
                subject: parse_subject(&row.subject_kind, &row.subject)?,
            },
            state: GrantState {
                permissions: permissions(row.perms)?,
                not_before: maybe_instant(row.not_before)?,
                expires_at: maybe_instant(row.expires_at)?,
                reason: row.reason,
            },
            granted_by: row.granted_by,
            created_revision: row.created_rev,
            updated_revision: row.updated_rev,
        })
    }
}

/// What is written of a grant whenever it is given.
#[derive(AsChangeset, Insertable)]
#[diesel(table_name = dsl, treat_none_as_null = true, treat_none_as_default_value = false)]
struct GrantChangeset<'a> {
    perms: i16,
    not_before: Option<i64>,
    expires_at: Option<i64>,
    reason: Option<&'a str>,
    granted_by: &'a str,
    updated_rev: i64,
}

impl<'a> From<&'a StoredGrant> for GrantChangeset<'a> {
    fn from(grant: &'a StoredGrant) -> Self {
        Self {
            perms: grant.state.permissions.bits(),
            not_before: grant.state.not_before.map(micros),
            expires_at: grant.state.expires_at.map(micros),
            reason: grant.state.reason.as_deref(),
            granted_by: &grant.granted_by,
            updated_rev: grant.updated_revision,
        }
    }
}

/// A grant that is not there yet.
#[derive(Insertable)]
#[diesel(table_name = dsl)]
struct NewGrantRow<'a> {
    project_id: &'a str,
    bucket: &'a str,
    prefix: &'a str,
    subject_kind: &'static str,
    subject: &'a str,
    #[diesel(embed)]
    given: GrantChangeset<'a>,
    created_rev: i64,
}

impl<'a> NewGrantRow<'a> {
    fn new(project: &'a ProjectId, grant: &'a StoredGrant) -> Self {
        Self {
            project_id: project.as_str(),
            bucket: grant.key.bucket.as_str(),
            prefix: grant.key.prefix.as_str(),
            subject_kind: kind_column(&grant.key.subject),
            subject: grant.key.subject.name(),
            given: grant.into(),
            created_rev: grant.created_revision,
        }
    }
}

fn all(rows: Vec<GrantRow>) -> Result<Vec<StoredGrant>, StoreError> {
    rows.into_iter().map(StoredGrant::try_from).collect()
}

/// One grant.
pub(super) fn find(
    connection: &mut DbConnection,
    project: &ProjectId,
    key: &GrantKey,
) -> Result<Option<StoredGrant>, StoreError> {
    dsl::table
        .find(primary_key(project, key))
        .select(GrantRow::as_select())
        .first(connection)
        .optional()?
        .map(StoredGrant::try_from)
        .transpose()
}

fn primary_key<'a>(
    project: &'a ProjectId,
    key: &'a GrantKey,
) -> (&'a str, &'a str, &'a str, &'static str, &'a str) {
    let (prefix, subject) = (key.prefix.as_str(), key.subject.name());
    (project.as_str(), key.bucket.as_str(), prefix, kind_column(&key.subject), subject)
}

/// At most `limit` of the grants that `filter` lets through, by position, behind `after`.
pub(super) fn list(
    connection: &mut DbConnection,
    project: &ProjectId,
    filter: &GrantFilter,
    after: Option<&Position>,
    limit: usize,
) -> Result<Vec<StoredGrant>, StoreError> {
    let mut query = dsl::table.filter(dsl::project_id.eq(project.to_string())).into_boxed();
    if let Some(bucket) = &filter.bucket {
        query = query.filter(dsl::bucket.eq(bucket.to_string()));
    }
    if let Some(kind) = filter.kind {
        query = query.filter(dsl::subject_kind.eq(kind_letter(kind)));
    }
    if let Some(subject) = &filter.subject {
        query = query.filter(dsl::subject.eq(subject.clone()));
    }
    if let Some((bucket, prefix, kind, subject)) = after.cloned() {
        // Row values, so that an index leads straight to the place: of the primary key, or of
        // `grant_by_subject` where kind and subject are given.
        query = if filter.kind.is_some() && filter.subject.is_some() {
            let behind = sql::<Bool>("(bucket, prefix) > (").bind::<Text, _>(bucket).sql(", ");
            query.filter(behind.bind::<Text, _>(prefix).sql(")"))
        } else if filter.bucket.is_some() {
            let behind = sql::<Bool>("(prefix, subject_kind, subject) > (");
            let behind = behind.bind::<Text, _>(prefix).sql(", ").bind::<Text, _>(kind).sql(", ");
            query.filter(behind.bind::<Text, _>(subject).sql(")"))
        } else {
            let behind = sql::<Bool>("(bucket, prefix, subject_kind, subject) > (");
            let behind = behind.bind::<Text, _>(bucket).sql(", ").bind::<Text, _>(prefix);
            let behind = behind.sql(", ").bind::<Text, _>(kind).sql(", ");
            query.filter(behind.bind::<Text, _>(subject).sql(")"))
        };
    }
    let rows = query
        .order((dsl::bucket, dsl::prefix, dsl::subject_kind, dsl::subject))
        .limit(i64::try_from(limit).unwrap_or(i64::MAX))
        .select(GrantRow::as_select())
        .load(connection)?;
    all(rows)
}

/// The grants on a bucket that name one of `subjects`, of whatever kind, or everybody.
pub(super) fn for_subjects(
    connection: &mut DbConnection,
    project: &ProjectId,
    bucket: &BucketName,
    subjects: &BTreeSet<&str>,
) -> Result<Vec<StoredGrant>, StoreError> {
    let subjects: Vec<&str> = subjects.iter().copied().chain(["*"]).collect();
    let mut grants = Vec::new();
    for chunk in subjects.chunks(CHUNK) {
        let rows = dsl::table
            .filter(dsl::project_id.eq(project.as_str()))
            .filter(dsl::bucket.eq(bucket.as_str()))
            .filter(dsl::subject_kind.eq_any(LETTERS))
            .filter(dsl::subject.eq_any(chunk.iter().map(ToString::to_string)))
            .select(GrantRow::as_select())
            .load(connection)?;
        grants.extend(all(rows)?);
    }
    Ok(grants)
}

/// The grants that could name `user`, whom the project's own lists put in `groups`; on `buckets`,
/// or anywhere. One query for each way to be named: in one with alternatives no database finds its
/// way by an index.
pub(in crate::store) fn for_user(
    connection: &mut DbConnection,
    project: &ProjectId,
    user: &User,
    groups: &[SubjectId],
    buckets: Option<&[BucketName]>,
) -> Result<Vec<StoredGrant>, StoreError> {
    let mut grants = for_subject(connection, project, &["u"], &[user.id.as_str()], buckets)?;
    let groups: Vec<&str> = groups.iter().map(SubjectId::as_str).collect();
    for chunk in groups.chunks(CHUNK) {
        grants.extend(for_subject(connection, project, &["g"], chunk, buckets)?);
    }
    let token_groups: Vec<&str> = user.groups.iter().map(SubjectId::as_str).collect();
    for chunk in token_groups.chunks(CHUNK) {
        grants.extend(for_subject(connection, project, &["t"], chunk, buckets)?);
    }
    grants.extend(for_subject(connection, project, &["k", "*"], &["*"], buckets)?);
    Ok(grants)
}

fn for_subject(
    connection: &mut DbConnection,
    project: &ProjectId,
    kinds: &'static [&'static str],
    subjects: &[&str],
    buckets: Option<&[BucketName]>,
) -> Result<Vec<StoredGrant>, StoreError> {
    let mut query = dsl::table
        .filter(dsl::project_id.eq(project.to_string()))
        .filter(dsl::subject_kind.eq_any(kinds.iter().copied()))
        .filter(dsl::subject.eq_any(subjects.iter().map(ToString::to_string)))
        .into_boxed();
    if let Some(buckets) = buckets {
        let names: Vec<String> = buckets.iter().map(ToString::to_string).collect();
        query = query.filter(dsl::bucket.eq_any(names));
    }
    all(query.select(GrantRow::as_select()).load(connection)?)
}

/// Every grant of a project, but no more than `limit`.
pub(in crate::store) fn of_project(
    connection: &mut DbConnection,
    project: &ProjectId,
    limit: usize,
) -> Result<Vec<StoredGrant>, StoreError> {
    let of_project = dsl::table.filter(dsl::project_id.eq(project.as_str()));
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    all(of_project.limit(limit).select(GrantRow::as_select()).load(connection)?)
}

/// How many grants each user has who has any.
pub(in crate::store) fn users(
    connection: &mut DbConnection,
    project: &ProjectId,
) -> Result<Vec<(String, i64)>, StoreError> {
    Ok(dsl::table
        .filter(dsl::project_id.eq(project.as_str()))
        .filter(dsl::subject_kind.eq("u"))
        .group_by(dsl::subject)
        .select((dsl::subject, diesel::dsl::count_star()))
        .load(connection)?)
}

/// Who has more grants on `bucket` than `most`, of those who are named `subjects`.
pub(super) fn over_limit(
    connection: &mut DbConnection,
    project: &ProjectId,
    bucket: &BucketName,
    subjects: &BTreeSet<&str>,
    most: i64,
) -> Result<Option<String>, StoreError> {
    let subjects: Vec<&str> = subjects.iter().copied().collect();
    for chunk in subjects.chunks(CHUNK) {
        let counts: Vec<(String, i64)> = dsl::table
            .filter(dsl::project_id.eq(project.as_str()))
            .filter(dsl::bucket.eq(bucket.as_str()))
            .filter(dsl::subject_kind.eq_any(LETTERS))
            .filter(dsl::subject.eq_any(chunk.iter().map(ToString::to_string)))
            .group_by((dsl::subject_kind, dsl::subject))
            .select((dsl::subject, diesel::dsl::count_star()))
            .load(connection)?;
        if let Some((subject, _)) = counts.into_iter().find(|(_, count)| *count > most) {
            return Ok(Some(subject));
        }
    }
    Ok(None)
}

/// Whether a user administers the whole of `bucket` at `micros`, and does not stop by themselves.
pub(super) fn has_lasting_admin(
    connection: &mut DbConnection,
    project: &ProjectId,
    bucket: &BucketName,
    now: i64,
) -> Result<bool, StoreError> {
    let admins = dsl::table
        .filter(dsl::project_id.eq(project.as_str()))
        .filter(dsl::bucket.eq(bucket.as_str()))
        .filter(dsl::prefix.eq(""))
        .filter(dsl::subject_kind.eq("u"))
        .filter(dsl::perms.ge(8_i16))
        .filter(dsl::expires_at.is_null())
        .filter(dsl::not_before.is_null().or(dsl::not_before.le(now)))
        .select(dsl::subject)
        .first::<String>(connection)
        .optional()?;
    Ok(admins.is_some())
}

/// Adds grants that are not there.
pub(super) fn insert(
    connection: &mut DbConnection,
    project: &ProjectId,
    grants: &[StoredGrant],
) -> Result<(), StoreError> {
    for chunk in grants.chunks(CHUNK) {
        let rows: Vec<_> = chunk.iter().map(|grant| NewGrantRow::new(project, grant)).collect();
        // Many rows at once are said differently on each database.
        match connection {
            DbConnection::Postgres(postgres) => {
                diesel::insert_into(dsl::table).values(rows).execute(postgres)?
            }
            DbConnection::Sqlite(sqlite) => {
                diesel::insert_into(dsl::table).values(rows).execute(sqlite)?
            }
        };
    }
    Ok(())
}

/// Replaces a grant that is there.
pub(super) fn update(
    connection: &mut DbConnection,
    project: &ProjectId,
    grant: &StoredGrant,
) -> Result<(), StoreError> {
    diesel::update(dsl::table.find(primary_key(project, &grant.key)))
        .set(GrantChangeset::from(grant))
        .execute(connection)?;
    Ok(())
}

/// Takes a grant away.
pub(super) fn delete(
    connection: &mut DbConnection,
    project: &ProjectId,
    key: &GrantKey,
) -> Result<(), StoreError> {
    diesel::delete(dsl::table.find(primary_key(project, key))).execute(connection)?;
    Ok(())
}

/// Takes away every grant on a bucket, and says which those were.
pub(in crate::store) fn clear(
    connection: &mut DbConnection,
    project: &ProjectId,
    bucket: &BucketName,
) -> Result<Vec<StoredGrant>, StoreError> {
    let there = dsl::table
        .filter(dsl::project_id.eq(project.as_str()))
        .filter(dsl::bucket.eq(bucket.as_str()));
    let grants = all(there.select(GrantRow::as_select()).load(connection)?)?;
    diesel::delete(there).execute(connection)?;
    Ok(grants)
}
