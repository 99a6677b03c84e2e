//! Kept ceilings: the ceiling of a bucket outlives its registration. It is kept for the name in the
//! store, and binds the project that registers the name next.

use sail_cargo_database::tables::kept_ceilings;
use sail_cargo_database::tables::storage_accounts::{id_of, id_of_project};
use sail_cargo_database::tenancy::set_operators;
use sail_cargo_database::transaction::{exclusive, transaction};
use sail_cargo_database::{DbConnection, KeptCeiling};

use super::error::ServiceError;
use super::handle::Service;
use crate::audit::{self, OperatorAct};
use crate::domain::{BucketName, Context, Permissions, ProjectId, Resource, Slug};

impl Service {
    /// A page of the ceilings kept in a store: at most `limit` after `after`, by name.
    ///
    /// # Errors
    /// [`ServiceError::NotFound`] if there is no such store.
    pub async fn kept_ceilings(
        &self,
        store: Slug,
        after: String,
        limit: usize,
    ) -> Result<Vec<KeptCeiling>, ServiceError> {
        self.run(move |connection| {
            transaction(connection, |connection| {
                set_operators(connection)?;
                let store = id_of(connection, &store)?;
                Ok(kept_ceilings::list(connection, &store, &after, limit)?)
            })
        })
        .await
    }

    /// Deletes the ceiling that is kept for a name.
    ///
    /// # Errors
    /// [`ServiceError::NotFound`] if there is no such store, or no ceiling is kept for the name.
    pub async fn lift_ceiling(
        &self,
        store: Slug,
        bucket: BucketName,
        context: Context,
    ) -> Result<(), ServiceError> {
        self.run(move |connection| {
            exclusive(connection, |connection| {
                set_operators(connection)?;
                let id = id_of(connection, &store)?;
                if !kept_ceilings::delete(connection, &id, &bucket)? {
                    return Err(ServiceError::NotFound(Resource::KeptCeiling));
                }
                let detail = format!("lifted the ceiling kept for `{bucket}` in store {store}");
                let act = OperatorAct::done("ceiling.lift", &store, detail);
                Ok(audit::insert_act(connection, &context, act)?)
            })
        })
        .await
    }
}

/// The ceiling of the next bucket that the project registers under `name`.
pub(super) fn kept(
    connection: &mut DbConnection,
    project: &ProjectId,
    name: &BucketName,
) -> Result<Permissions, ServiceError> {
    let store = id_of_project(connection, project)?;
    Ok(kept_ceilings::find(connection, &store, name)?)
}

/// Takes the ceiling that is kept for a name out of the store, because the new bucket has it now.
pub(super) fn take(
    connection: &mut DbConnection,
    store: &str,
    name: &BucketName,
) -> Result<Permissions, ServiceError> {
    let ceiling = kept_ceilings::find(connection, store, name)?;
    kept_ceilings::delete(connection, store, name)?;
    Ok(ceiling)
}

/// Keeps the ceiling of a bucket that is no longer registered.
pub(super) fn keep(
    connection: &mut DbConnection,
    project: &ProjectId,
    name: &BucketName,
    ceiling: Permissions,
) -> Result<(), ServiceError> {
    if ceiling == Permissions::ALL {
        return Ok(());
    }
    let store = id_of_project(connection, project)?;
    Ok(kept_ceilings::insert(connection, &store, name, ceiling)?)
}
