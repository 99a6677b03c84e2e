//! Registers, changes and forgets buckets, inside a transaction.

use sail_cargo_database::DbConnection;
use sail_cargo_database::change_log::{LoggedRow, Sides};
use sail_cargo_database::tables::{buckets, grants, storage_accounts};

use super::rules::{demand_bound, demand_own_account, demand_plain_name, is_operator, taken};
use super::shown::Shown;
use crate::domain::{
    At, Bucket, BucketEdit, BucketName, Conflict, Context, Permissions, ProjectId,
};
use crate::service::ceilings;
use crate::service::error::ServiceError;
use crate::service::mutation::{Change, MutationOutcome, mutate};
use crate::service::session::Session;

pub(super) fn put(
    session: &mut Session<'_>,
    project: &ProjectId,
    name: &BucketName,
    edit: &BucketEdit,
    shown: Shown,
    context: &Context,
) -> Result<At<Bucket>, ServiceError> {
    mutate(session, project, context, |connection, revision| {
        edit_in(connection, project, name, edit, shown, context, revision)
    })
    .map_err(|error| taken(error, name))
}

pub(super) fn edit_in(
    connection: &mut DbConnection,
    project: &ProjectId,
    name: &BucketName,
    edit: &BucketEdit,
    shown: Shown,
    context: &Context,
    revision: i64,
) -> Result<MutationOutcome<Bucket>, ServiceError> {
    let before = buckets::find(connection, project, name)?;
    let bound = match &before {
        Some(before) => before.rules.ceiling,
        None => ceilings::kept(connection, project, name)?,
    };
    let after = edit.apply(name, before.as_ref(), bound, revision)?;
    if before.is_none() {
        demand_own_account(connection, project, context)?;
        demand_plain_name(connection, project, name, shown)?;
    }
    demand_bound(context, bound, &after)?;
    match &before {
        Some(before) if *before == after => return Ok(MutationOutcome::Unchanged(after)),
        Some(_) => buckets::update(connection, project, &after)?,
        None => register(connection, project, &after, bound, shown == Shown::BesideTwin)?,
    }
    let change = Change {
        kind: if before.is_some() { "bucket.put" } else { "bucket.register" },
        bucket: Some(name.to_string()),
        object: None,
        detail: match &before {
            Some(_) => format!("changed the rules of bucket {name}"),
            None => format!("registered bucket {name}"),
        },
        rows: vec![LoggedRow::Bucket(Sides::of(before.as_ref(), Some(&after)))],
    };
    Ok(MutationOutcome::Changed(after, change))
}

/// Registers a bucket whose name had the kept ceiling `kept`, which the bucket has now. `apart`
/// says that the storage distinguishes bucket names that differ only in case.
pub(in crate::service) fn register(
    connection: &mut DbConnection,
    project: &ProjectId,
    bucket: &Bucket,
    kept: Permissions,
    apart: bool,
) -> Result<(), ServiceError> {
    let store = storage_accounts::id_of_project(connection, project)?;
    buckets::insert(connection, project, &store, bucket, apart)?;
    // Another project may have given up the name, and left a ceiling, after `kept` was read.
    if ceilings::take(connection, &store, &bucket.name)? != kept {
        return Err(Conflict::BucketGivenUp(bucket.name.clone()).into());
    }
    Ok(())
}

pub(super) fn forget(
    connection: &mut DbConnection,
    project: &ProjectId,
    name: &BucketName,
    context: &Context,
) -> Result<MutationOutcome<bool>, ServiceError> {
    let Some(before) = buckets::find(connection, project, name)? else {
        return Ok(MutationOutcome::Unchanged(false));
    };
    let is_frozen = before.rules.ceiling != Permissions::ALL;
    if is_frozen && !is_operator(context) {
        return Err(Conflict::BucketFrozen(name.clone()).into());
    }
    let change = remove(connection, project, &before, "bucket.forget")?;
    Ok(MutationOutcome::Changed(true, change))
}

/// Deletes a bucket's row and every grant on it. Keeps its ceiling for the name.
pub(in crate::service) fn remove(
    connection: &mut DbConnection,
    project: &ProjectId,
    before: &Bucket,
    kind: &'static str,
) -> Result<Change, ServiceError> {
    let name = &before.name;
    let grants = grants::clear(connection, project, name)?;
    buckets::delete(connection, project, name)?;
    ceilings::keep(connection, project, name, before.rules.ceiling)?;
    let mut rows = vec![LoggedRow::Bucket(Sides::of(Some(before), None))];
    rows.extend(grants.iter().map(|grant| LoggedRow::Grant(Sides::of(Some(grant), None))));
    Ok(Change {
        kind,
        bucket: Some(name.to_string()),
        object: None,
        detail: format!("forgot bucket {name} and {} grants on it", grants.len()),
        rows,
    })
}
