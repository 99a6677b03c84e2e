//! `kept_ceiling`: the ceiling of a bucket outlives its registration. It is kept for the name, in
//! the store, and binds whoever registers that next.

use diesel::prelude::*;
use sail_cargo_protocol as wire;

use super::Database;
use super::audit::{self, OperatorAct};
use super::connection::{DbConnection, exclusive, set_operators};
use super::error::StoreError;
use super::rows::permissions;
use super::schema::{kept_ceiling as dsl, project, store};
use crate::domain::{BucketName, Context, Permissions, ProjectId, Slug};

/// The ceiling of a name that is not registered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptCeiling {
    /// The name.
    pub bucket: BucketName,
    /// The most that anybody may do in the bucket that is registered under it next.
    pub ceiling: Permissions,
}

impl KeptCeiling {
    /// As answers have it.
    pub fn to_wire(&self) -> wire::KeptCeiling {
        wire::KeptCeiling { bucket: self.bucket.to_string(), ceiling: self.ceiling.into() }
    }
}

/// A ceiling to be kept.
#[derive(Insertable)]
#[diesel(table_name = dsl)]
struct NewKeptCeilingRow<'a> {
    store_id: &'a str,
    name: &'a str,
    ceiling: i16,
}

impl Database {
    /// The ceilings that are kept in a store, by name, behind `after`, at most `limit`.
    ///
    /// # Errors
    /// There is no such store.
    pub async fn kept_ceilings(
        &self,
        store: Slug,
        after: String,
        limit: usize,
    ) -> Result<Vec<KeptCeiling>, StoreError> {
        self.run(move |connection| {
            connection.transaction(|connection| {
                set_operators(connection)?;
                let store = id_of(connection, &store)?;
                dsl::table
                    .filter(dsl::store_id.eq(store))
                    .filter(dsl::name.gt(after))
                    .order(dsl::name)
                    .limit(i64::try_from(limit).unwrap_or(i64::MAX))
                    .select((dsl::name, dsl::ceiling))
                    .load::<(String, i16)>(connection)?
                    .into_iter()
                    .map(|(name, ceiling)| {
                        let bucket = BucketName::stored(&name).map_err(StoreError::corrupt)?;
                        Ok(KeptCeiling { bucket, ceiling: permissions(ceiling)? })
                    })
                    .collect()
            })
        })
        .await
    }

    /// Keeps the ceiling of a name no longer.
    ///
    /// # Errors
    /// There is no such store, or nothing is kept for the name.
    pub async fn lift_ceiling(
        &self,
        store: Slug,
        bucket: BucketName,
        context: Context,
    ) -> Result<(), StoreError> {
        self.run(move |connection| {
            exclusive(connection, |connection| {
                set_operators(connection)?;
                let id = id_of(connection, &store)?;
                if drop_kept(connection, &id, &bucket)? == 0 {
                    return Err(StoreError::NotFound("kept ceiling"));
                }
                let detail = format!("lifted the ceiling kept for `{bucket}` in store {store}");
                let act = OperatorAct::done("ceiling.lift", &store, detail);
                audit::insert_act(connection, &context, act)
            })
        })
        .await
    }
}

/// The most that anybody may do in the bucket that the project registers next under `name`.
pub(super) fn kept(
    connection: &mut DbConnection,
    project: &ProjectId,
    name: &BucketName,
) -> Result<Permissions, StoreError> {
    let store = store_of(connection, project)?;
    kept_in(connection, &store, name)
}

/// The same, which is kept no longer: the bucket that was registered has it.
pub(super) fn take(
    connection: &mut DbConnection,
    store: &str,
    name: &BucketName,
) -> Result<Permissions, StoreError> {
    let ceiling = kept_in(connection, store, name)?;
    drop_kept(connection, store, name)?;
    Ok(ceiling)
}

/// Keeps the ceiling of a bucket of the project that is registered no more.
pub(super) fn keep(
    connection: &mut DbConnection,
    project: &ProjectId,
    name: &BucketName,
    ceiling: Permissions,
) -> Result<(), StoreError> {
    if ceiling == Permissions::ALL {
        return Ok(());
    }
    let store = store_of(connection, project)?;
    let row = NewKeptCeilingRow { store_id: &store, name: name.as_str(), ceiling: ceiling.bits() };
    diesel::insert_into(dsl::table).values(row).execute(connection)?;
    Ok(())
}

/// The id of the project's store.
pub(super) fn store_of(
    connection: &mut DbConnection,
    project: &ProjectId,
) -> Result<String, StoreError> {
    Ok(project::table.find(project.as_str()).select(project::store_id).first(connection)?)
}

diesel::define_sql_function! {
    /// A text in lower case: names of buckets are ASCII.
    fn lower(text: diesel::sql_types::Text) -> diesel::sql_types::Text;
}

/// What is kept for the name, and for those that differ from it in upper and lower case alone: some
/// storages take them for one bucket.
fn kept_in(
    connection: &mut DbConnection,
    store: &str,
    name: &BucketName,
) -> Result<Permissions, StoreError> {
    let is_twin = lower(dsl::name).eq(name.as_str().to_ascii_lowercase());
    let kept = dsl::table.filter(dsl::store_id.eq(store)).filter(is_twin).select(dsl::ceiling);
    let kept = kept.load::<i16>(connection)?.into_iter().map(permissions);
    kept.into_iter().try_fold(Permissions::ALL, |all, one| Ok(all.intersection(one?)))
}

fn drop_kept(
    connection: &mut DbConnection,
    store: &str,
    name: &BucketName,
) -> Result<usize, StoreError> {
    Ok(diesel::delete(dsl::table.find((store, name.as_str()))).execute(connection)?)
}

fn id_of(connection: &mut DbConnection, name: &Slug) -> Result<String, StoreError> {
    let id = store::table.filter(store::name.eq(name.as_str())).select(store::id);
    id.first(connection).optional()?.ok_or(StoreError::NotFound("store"))
}
