//! What must hold for a bucket to be registered, changed or forgotten.

use sail_cargo_database::DbConnection;
use sail_cargo_database::tables::{buckets, storage_accounts};

use super::options::Shown;
use crate::domain::{Bucket, BucketName, Caller, Context, Denied, Permissions, ProjectId};
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
    Err(ServiceError::Conflict {
        code: "account_shared",
        detail: "other projects share this storage account: an operator registers its buckets"
            .to_owned(),
    })
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
    let unseen = |what: String, whom: &str| {
        let list = "the storage's own list of buckets (ListBuckets)";
        let detail = format!("`{name}` {what}: it is registered only when {list} shows {whom}");
        Err(ServiceError::Conflict { code: NOT_SHOWN, detail })
    };
    if name.is_reserved() && !is_addressable(connection, project, name)? {
        let denied = Denied::ReservedBucket(name.clone());
        return Err(ServiceError::Conflict { code: denied.code(), detail: denied.to_string() });
    }
    if name.is_reserved() && shown == Shown::No {
        return unseen("is the name of another service on many storages".to_owned(), "it");
    }
    if shown == Shown::BesideTwin {
        return Ok(());
    }
    for other in buckets::names(connection, project)? {
        if name.is_twin_of(&other) {
            return unseen(format!("is `{other}` to storages that do not tell A from a"), "both");
        }
    }
    Ok(())
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

/// The name is another project's, or differs from another's in case alone.
pub const BUCKET_TAKEN: &str = "bucket_taken";

/// The code of a conflict that a look at the storage may solve.
pub const NOT_SHOWN: &str = "bucket_not_shown";

/// What root cannot do by itself: lift the ceiling that bound a bucket, or its name.
pub(super) fn demand_bound(
    context: &Context,
    bound: Permissions,
    after: &Bucket,
) -> Result<(), ServiceError> {
    if is_operator(context) || after.rules.ceiling.without(bound).is_empty() {
        return Ok(());
    }
    Err(frozen(&after.name))
}

pub(super) const fn is_operator(context: &Context) -> bool {
    matches!(context.caller, Caller::Operator { .. })
}

/// Why a frozen bucket stays as it is.
pub(super) fn frozen(name: &BucketName) -> ServiceError {
    ServiceError::Conflict {
        code: "bucket_frozen",
        detail: format!("the bucket `{name}` is frozen: only an operator lifts its ceiling"),
    }
}

/// A unique violation here means one thing: the name is somebody else's.
pub(in crate::service) fn taken(error: ServiceError, name: &BucketName) -> ServiceError {
    match error {
        ServiceError::Conflict { code: "already_exists", .. } => ServiceError::Conflict {
            code: BUCKET_TAKEN,
            detail: format!("the bucket name `{name}` is not available in this store"),
        },
        other => other,
    }
}
