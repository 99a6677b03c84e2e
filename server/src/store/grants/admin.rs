//! Who may give and take: the application, and whoever administers that part of the bucket.

use super::super::authority;
use super::super::connection::DbConnection;
use super::super::error::StoreError;
use super::GrantKey;
use crate::domain::authority::GrantScope;
use crate::domain::{BucketName, Caller, Context, Permission, Prefix, ProjectId};

/// Refuses callers who do not administer what `key` covers. A bucket that is not registered
/// and one in which the caller administers nothing read the same.
pub(super) fn demand_admin(
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

/// Which prefixes of `bucket` the caller administers.
pub(super) fn administered(
    connection: &mut DbConnection,
    project: &ProjectId,
    context: &Context,
    bucket: &BucketName,
) -> Result<impl Fn(&Prefix) -> bool + use<>, StoreError> {
    let buckets = [bucket.clone()];
    let authority =
        authority::load_now(connection, project, &context.caller, Some(&buckets), context.now)?;
    if !authority.buckets.contains_key(bucket) {
        return Err(StoreError::NotFound("bucket"));
    }
    let (caller, bucket, now) = (context.caller.clone(), bucket.clone(), context.now);
    let holds = move |scope: GrantScope<'_>| match &caller {
        Caller::Root(_) | Caller::Operator { .. } => true,
        Caller::User(user) => {
            authority.holds(user, Permission::Admin, &bucket, scope, now).is_some()
        }
    };
    if !holds(GrantScope::Anywhere) {
        return Err(StoreError::NotFound("bucket"));
    }
    Ok(move |prefix: &Prefix| holds(GrantScope::Below(prefix.as_str())))
}

/// Whether the caller administers all of `bucket`.
pub(in crate::store) fn is_admin_of_all(
    connection: &mut DbConnection,
    project: &ProjectId,
    context: &Context,
    bucket: &BucketName,
) -> Result<bool, StoreError> {
    let whole = Prefix::parse("").map_err(StoreError::corrupt)?;
    Ok(administered(connection, project, context, bucket)?(&whole))
}
