//! Who may change grants: the application, and admins of that part of the bucket.

use sail_cargo_database::DbConnection;
use sail_cargo_database::snapshot_reader::authority_now;

use crate::domain::authority::GrantScope;
use crate::domain::{BucketName, Caller, Context, GrantKey, Permission, ProjectId, Resource};
use crate::service::error::ServiceError;

/// Refuses callers who do not administer what `key` covers. The answer is the same for a bucket
/// that is not registered and for one in which the caller administers nothing.
pub(super) fn demand_admin(
    connection: &mut DbConnection,
    project: &ProjectId,
    context: &Context,
    key: &GrantKey,
) -> Result<(), ServiceError> {
    let administers = administered(connection, project, context, &key.bucket)?;
    if administers(key.prefix.literal_part()) {
        return Ok(());
    }
    Err(ServiceError::Forbidden(format!(
        "no admin permission on `{}/{}`",
        key.bucket,
        key.prefix.as_str()
    )))
}

/// A predicate for the parts of `bucket`, by the start of their keys, that the caller administers.
pub(super) fn administered(
    connection: &mut DbConnection,
    project: &ProjectId,
    context: &Context,
    bucket: &BucketName,
) -> Result<impl Fn(&str) -> bool + use<>, ServiceError> {
    let buckets = [bucket.clone()];
    let authority =
        authority_now(connection, project, &context.caller, Some(&buckets), context.now)?;
    // A personal API key administers what its user does, within its limits.
    let authority = match context.caller.administrator() {
        Some((user, Some(limits))) => limits.cut(user, &authority),
        _ => authority,
    };
    if !authority.buckets.contains_key(bucket) {
        return Err(ServiceError::NotFound(Resource::Bucket));
    }
    let (caller, bucket, now) = (context.caller.clone(), bucket.clone(), context.now);
    let holds = move |scope: GrantScope<'_>| match (&caller, caller.administrator()) {
        (Caller::Root(_) | Caller::Operator { .. }, _) => true,
        (_, Some((user, _))) => {
            authority.holds(user, Permission::Admin, &bucket, scope, now).is_some()
        }
        (_, None) => false,
    };
    if !holds(GrantScope::Anywhere) {
        return Err(ServiceError::NotFound(Resource::Bucket));
    }
    Ok(move |start: &str| holds(GrantScope::Below(start)))
}

/// Whether the caller administers all of `bucket`.
pub(in crate::service) fn is_admin_of_all(
    connection: &mut DbConnection,
    project: &ProjectId,
    context: &Context,
    bucket: &BucketName,
) -> Result<bool, ServiceError> {
    Ok(administered(connection, project, context, bucket)?(""))
}
