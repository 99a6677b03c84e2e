//! The rules for registering, changing and forgetting buckets.

use sail_cargo_database::DbConnection;
use sail_cargo_database::tables::{buckets, storage_accounts};

use super::shown::Shown;
use crate::domain::{Bucket, BucketName, Caller, Conflict, Context, Permissions, ProjectId};
use crate::service::error::ServiceError;

/// Only operators register buckets in a store that projects share.
pub(in crate::service) fn demand_own_account(
    connection: &mut DbConnection,
    project: &ProjectId,
    context: &Context,
) -> Result<(), ServiceError> {
    if is_operator(context) || !storage_accounts::is_shared(connection, project)? {
        return Ok(());
    }
    Err(Conflict::AccountShared.into())
}

/// Refuses names that need proof from the storage: a reserved name, under which some storages run
/// another service; and a name that differs only in case from another bucket of the project,
/// because some storages take both for one.
///
/// The unique index finds the same conflict with another project's bucket. That project's names are
/// not revealed.
pub(in crate::service) fn demand_plain_name(
    connection: &mut DbConnection,
    project: &ProjectId,
    name: &BucketName,
    shown: Shown,
) -> Result<(), ServiceError> {
    let bucket = name.clone();
    if name.is_reserved() && !is_addressable(connection, project, name)? {
        return Err(Conflict::BucketReserved(bucket).into());
    }
    if name.is_reserved() && shown == Shown::No {
        return Err(Conflict::BucketNotShown { bucket, twin: None }.into());
    }
    if shown == Shown::BesideTwin {
        return Ok(());
    }
    let twin =
        buckets::names(connection, project)?.into_iter().find(|other| name.is_twin_of(other));
    twin.map_or(Ok(()), |twin| Err(Conflict::BucketNotShown { bucket, twin: Some(twin) }.into()))
}

/// Whether the bucket's name can be part of the host of a request.
fn is_addressable(
    connection: &mut DbConnection,
    project: &ProjectId,
    name: &BucketName,
) -> Result<bool, ServiceError> {
    let endpoints = storage_accounts::endpoints_of_project(connection, project)?;
    Ok(endpoints.iter().any(|endpoint| endpoint.hosts(name)))
}

/// Only operators raise the ceiling that binds a bucket or its name.
pub(super) fn demand_bound(
    context: &Context,
    bound: Permissions,
    after: &Bucket,
) -> Result<(), ServiceError> {
    if is_operator(context) || after.rules.ceiling.without(bound).is_empty() {
        return Ok(());
    }
    Err(Conflict::BucketFrozen(after.name.clone()).into())
}

pub(super) const fn is_operator(context: &Context) -> bool {
    matches!(context.caller, Caller::Operator { .. })
}

/// A unique violation while registering means that another project has the name.
pub(in crate::service) fn taken(error: ServiceError, name: &BucketName) -> ServiceError {
    match error {
        ServiceError::Conflict(Conflict::AlreadyExists) => {
            Conflict::BucketTaken(name.clone()).into()
        }
        other => other,
    }
}
