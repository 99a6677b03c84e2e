//! What must hold for a bucket to be registered, changed or forgotten.

use sail_cargo_database::DbConnection;
use sail_cargo_database::tables::{buckets, storage_accounts};

use super::shown::Shown;
use crate::domain::{Bucket, BucketName, Caller, Conflict, Context, Permissions, ProjectId};
use crate::service::error::ServiceError;

/// What root cannot do by itself: take a name in an account that others share.
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

/// What takes more than somebody's word that there is such a bucket: the name of another service,
/// under which a storage may do as that service does; and one that differs from another of the
/// project's in upper and lower case alone, which some storages take for the same. (Another
/// project's is found by its index: who holds it is nobody else's to know.)
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

/// Whether it can stand in the host of a request.
fn is_addressable(
    connection: &mut DbConnection,
    project: &ProjectId,
    name: &BucketName,
) -> Result<bool, ServiceError> {
    let endpoints = storage_accounts::endpoints_of_project(connection, project)?;
    Ok(endpoints.iter().any(|endpoint| endpoint.hosts(name)))
}

/// What root cannot do by itself: lift the ceiling that bound a bucket, or its name.
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

/// A unique violation here means one thing: the name is somebody else's.
pub(in crate::service) fn taken(error: ServiceError, name: &BucketName) -> ServiceError {
    match error {
        ServiceError::Conflict(Conflict::AlreadyExists) => {
            Conflict::BucketTaken(name.clone()).into()
        }
        other => other,
    }
}
