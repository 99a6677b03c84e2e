//! `grant_`: who may do what, where, and until when.

mod rows;

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::{Bool, Text};

use crate::columns::{micros, rows_at_most};
use crate::connection::DbConnection;
use crate::domain::caller::User;
use crate::domain::grant::{SubjectKind, kind_letter};
use crate::domain::grant_prefix::Variable;
use crate::domain::{
    BucketName, GrantFilter, GrantKey, Position, ProjectId, StoredGrant, SubjectFilter, SubjectId,
};
use crate::error::DatabaseError;
use crate::history::Overlay;
use crate::schema::bucket_grant as dsl;
use rows::{GrantChangeset, GrantRow, NewGrantRow};

/// The most values in one `IN` and rows in one `INSERT`: PostgreSQL allows 65,535 parameters,
/// SQLite 32,766.
const CHUNK: usize = 500;

/// How many rows of a whole project are read at a time: about 4 MB.
const PAGE: usize = 10_000;

/// The letters of all kinds of subjects. Naming them lets a query use the index.
const LETTERS: [&str; 5] = ["u", "g", "t", "k", "*"];

fn all(rows: Vec<GrantRow>) -> Result<Vec<StoredGrant>, DatabaseError> {
    rows.into_iter().map(StoredGrant::try_from).collect()
}

/// One grant.
pub fn find(
    connection: &mut DbConnection,
    project: &ProjectId,
    key: &GrantKey,
) -> Result<Option<StoredGrant>, DatabaseError> {
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
) -> (&'a str, &'a str, &'a str, &'static str, &'static str, &'a str) {
    let GrantKey { bucket, prefix, subject } = key;
    let (prefix, kind) = (prefix.as_str(), prefix.letter());
    (project.as_str(), bucket.as_str(), prefix, kind, subject.letter(), subject.name())
}

/// A page of the grants that match `filter`: at most `limit` grants after `after`, by position.
pub fn list(
    connection: &mut DbConnection,
    project: &ProjectId,
    filter: &GrantFilter,
    after: Option<&Position>,
    limit: usize,
) -> Result<Vec<StoredGrant>, DatabaseError> {
    let mut query = dsl::table.filter(dsl::project_id.eq(project.to_string())).into_boxed();
    if let Some(bucket) = &filter.bucket {
        query = query.filter(dsl::bucket.eq(bucket.to_string()));
    }
    if let Some(kind) = filter.subjects.kind {
        query = query.filter(dsl::subject_kind.eq(kind_letter(kind)));
    }
    if let Some(name) = &filter.subjects.name {
        query = query.filter(dsl::subject.eq(name.clone()));
    }
    if let Some((bucket, prefix, read, kind, subject)) = after.cloned() {
        // Comparing row values lets the database seek in an index: in the primary key, or in
        // `grant_by_subject` if kind and subject are given.
        query = if filter.subjects.kind.is_some() && filter.subjects.name.is_some() {
            let behind = sql::<Bool>("(bucket, prefix, prefix_kind) > (").bind::<Text, _>(bucket);
            let behind = behind.sql(", ").bind::<Text, _>(prefix).sql(", ");
            query.filter(behind.bind::<Text, _>(read).sql(")"))
        } else if filter.bucket.is_some() {
            let behind = sql::<Bool>("(prefix, prefix_kind, subject_kind, subject) > (");
            let behind = behind.bind::<Text, _>(prefix).sql(", ").bind::<Text, _>(read);
            let behind = behind.sql(", ").bind::<Text, _>(kind).sql(", ");
            query.filter(behind.bind::<Text, _>(subject).sql(")"))
        } else {
            let behind = sql::<Bool>("(bucket, prefix, prefix_kind, subject_kind, subject) > (");
            let behind = behind.bind::<Text, _>(bucket).sql(", ").bind::<Text, _>(prefix);
            let behind = behind.sql(", ").bind::<Text, _>(read);
            let behind = behind.sql(", ").bind::<Text, _>(kind).sql(", ");
            query.filter(behind.bind::<Text, _>(subject).sql(")"))
        };
    }
    let rows = query
        .order((dsl::bucket, dsl::prefix, dsl::prefix_kind, dsl::subject_kind, dsl::subject))
        .limit(rows_at_most(limit))
        .select(GrantRow::as_select())
        .load(connection)?;
    all(rows)
}

/// The grants on a bucket whose subject, of any kind, is one of `subjects` or everybody.
pub fn for_subjects(
    connection: &mut DbConnection,
    project: &ProjectId,
    bucket: &BucketName,
    subjects: &BTreeSet<&str>,
) -> Result<Vec<StoredGrant>, DatabaseError> {
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

/// The grants that may apply to `user`, who is a member of `groups`; on `buckets`, or on all if
/// `None`. Each kind of subject has a query of its own, because no database uses an index for the
/// alternatives in one.
pub fn for_user(
    connection: &mut DbConnection,
    project: &ProjectId,
    user: &User,
    groups: &[SubjectId],
    buckets: Option<&[BucketName]>,
) -> Result<Vec<StoredGrant>, DatabaseError> {
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
) -> Result<Vec<StoredGrant>, DatabaseError> {
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

/// Every grant of a project, one after the other. At most `PAGE` of them are in memory at a time.
pub fn each_of_project(
    connection: &mut DbConnection,
    project: &ProjectId,
    mut each: impl FnMut(StoredGrant),
) -> Result<(), DatabaseError> {
    let all = GrantFilter::default();
    let mut after = None;
    loop {
        let page = list(connection, project, &all, after.as_ref(), PAGE)?;
        let is_last = page.len() < PAGE;
        after = page.last().map(|grant| grant.key.position());
        page.into_iter().for_each(&mut each);
        if is_last {
            return Ok(());
        }
    }
}

/// How many grants each user of a project has; users without any are left out.
pub fn users(
    connection: &mut DbConnection,
    project: &ProjectId,
) -> Result<Vec<(String, i64)>, DatabaseError> {
    Ok(dsl::table
        .filter(dsl::project_id.eq(project.as_str()))
        .filter(dsl::subject_kind.eq("u"))
        .group_by(dsl::subject)
        .select((dsl::subject, diesel::dsl::count_star()))
        .load(connection)?)
}

/// One of `subjects` with more than `most` grants on `bucket`, if there is any.
pub fn over_limit(
    connection: &mut DbConnection,
    project: &ProjectId,
    bucket: &BucketName,
    subjects: &BTreeSet<&str>,
    most: i64,
) -> Result<Option<String>, DatabaseError> {
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

/// Whether at `now` a user has admin on the whole of `bucket` without an expiry.
pub fn has_lasting_admin(
    connection: &mut DbConnection,
    project: &ProjectId,
    bucket: &BucketName,
    now: DateTime<Utc>,
) -> Result<bool, DatabaseError> {
    let admins = dsl::table
        .filter(dsl::project_id.eq(project.as_str()))
        .filter(dsl::bucket.eq(bucket.as_str()))
        .filter(dsl::prefix.eq(""))
        .filter(dsl::subject_kind.eq("u"))
        .filter(sql::<Bool>("(perms & 8) <> 0"))
        .filter(dsl::expires_at.is_null())
        .filter(dsl::not_before.is_null().or(dsl::not_before.le(micros(now))))
        .select(dsl::subject)
        .first::<String>(connection)
        .optional()?;
    Ok(admins.is_some())
}

/// The first grant on a template with `${username}` that has not ended at `now`.
pub fn by_username(
    connection: &mut DbConnection,
    project: &ProjectId,
    now: DateTime<Utc>,
) -> Result<Option<StoredGrant>, DatabaseError> {
    let rows = dsl::table
        .filter(dsl::project_id.eq(project.as_str()))
        .filter(dsl::prefix_kind.eq("t"))
        .filter(dsl::prefix.like(format!("%{}%", Variable::Username.as_str())))
        .filter(dsl::expires_at.is_null().or(dsl::expires_at.gt(micros(now))))
        .order((dsl::bucket, dsl::prefix))
        .select(GrantRow::as_select())
        .first(connection)
        .optional()?;
    rows.map(StoredGrant::try_from).transpose()
}

/// Adds new grants.
pub fn insert(
    connection: &mut DbConnection,
    project: &ProjectId,
    grants: &[StoredGrant],
) -> Result<(), DatabaseError> {
    for chunk in grants.chunks(CHUNK) {
        let rows: Vec<_> = chunk.iter().map(|grant| NewGrantRow::new(project, grant)).collect();
        // Each database needs its own form of a statement with many rows.
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

/// Updates an existing grant.
pub fn update(
    connection: &mut DbConnection,
    project: &ProjectId,
    grant: &StoredGrant,
) -> Result<(), DatabaseError> {
    diesel::update(dsl::table.find(primary_key(project, &grant.key)))
        .set(GrantChangeset::from(grant))
        .execute(connection)?;
    Ok(())
}

/// Deletes a grant.
pub fn delete(
    connection: &mut DbConnection,
    project: &ProjectId,
    key: &GrantKey,
) -> Result<(), DatabaseError> {
    diesel::delete(dsl::table.find(primary_key(project, key))).execute(connection)?;
    Ok(())
}

/// Deletes every grant on a bucket, and returns them.
pub fn clear(
    connection: &mut DbConnection,
    project: &ProjectId,
    bucket: &BucketName,
) -> Result<Vec<StoredGrant>, DatabaseError> {
    let there = dsl::table
        .filter(dsl::project_id.eq(project.as_str()))
        .filter(dsl::bucket.eq(bucket.as_str()));
    let grants = all(there.select(GrantRow::as_select()).load(connection)?)?;
    diesel::delete(there).execute(connection)?;
    Ok(grants)
}

/// Every grant on a bucket, at the revision of `overlay`, except those to users whom `subjects` does not
/// select: what is given to one user says nothing of others.
pub fn on_bucket_for(
    connection: &mut DbConnection,
    project: &ProjectId,
    bucket: &BucketName,
    subjects: &SubjectFilter,
    overlay: &Overlay,
) -> Result<Vec<StoredGrant>, DatabaseError> {
    let on_bucket = |subjects| GrantFilter { bucket: Some(bucket.clone()), subjects };
    let now = if *subjects == SubjectFilter::default() {
        list(connection, project, &on_bucket(SubjectFilter::default()), None, usize::MAX)?
    } else {
        let others = dsl::table
            .filter(dsl::project_id.eq(project.as_str()))
            .filter(dsl::bucket.eq(bucket.as_str()))
            .filter(dsl::subject_kind.ne(kind_letter(SubjectKind::User)));
        let mut now = all(others.select(GrantRow::as_select()).load(connection)?)?;
        if subjects.kind.is_none_or(|kind| kind == SubjectKind::User) {
            let users = SubjectFilter { kind: Some(SubjectKind::User), ..subjects.clone() };
            now.extend(list(connection, project, &on_bucket(users), None, usize::MAX)?);
        }
        now
    };
    Ok(at_revision(now, overlay, |grant| {
        let GrantKey { bucket: of, subject, .. } = &grant.key;
        let is_user = subject.kind() == SubjectKind::User;
        *of == *bucket && (!is_user || subjects.lets_through(subject))
    }))
}

/// Turns current grants into those at the revision of `overlay`. `now` holds every current grant
/// that `belongs` accepts.
pub(crate) fn at_revision(
    now: Vec<StoredGrant>,
    overlay: &Overlay,
    belongs: impl Fn(&StoredGrant) -> bool,
) -> Vec<StoredGrant> {
    if overlay.grants.is_empty() {
        return now;
    }
    let unchanged =
        now.into_iter().filter(|grant| !overlay.grants.contains_key(&grant.key.position()));
    let before = overlay.grants.values().filter_map(|diff| diff.before.clone());
    unchanged.chain(before.filter(&belongs)).collect()
}
