//! `kept_ceiling`: the ceiling of a bucket outlives its registration. It is kept for the name, in
//! the store, and binds whoever registers that next.

use diesel::prelude::*;

use crate::columns::{permissions, rows_at_most};
use crate::connection::DbConnection;
use crate::domain::{BucketName, Permissions};
use crate::error::DatabaseError;
use crate::schema::kept_ceiling as dsl;

/// The ceiling of a name that is not registered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptCeiling {
    /// The name.
    pub bucket: BucketName,
    /// The most that anybody may do in the bucket that is registered under it next.
    pub ceiling: Permissions,
}

/// A ceiling to be kept.
#[derive(Insertable)]
#[diesel(table_name = dsl)]
struct NewKeptCeilingRow<'a> {
    store_id: &'a str,
    name: &'a str,
    ceiling: i16,
}

diesel::define_sql_function! {
    /// A text in lower case: names of buckets are ASCII.
    fn lower(text: diesel::sql_types::Text) -> diesel::sql_types::Text;
}

/// Those of a store by name, behind `after`, at most `limit`.
pub fn list(
    connection: &mut DbConnection,
    store_id: &str,
    after: &str,
    limit: usize,
) -> Result<Vec<KeptCeiling>, DatabaseError> {
    dsl::table
        .filter(dsl::store_id.eq(store_id))
        .filter(dsl::name.gt(after))
        .order(dsl::name)
        .limit(rows_at_most(limit))
        .select((dsl::name, dsl::ceiling))
        .load::<(String, i16)>(connection)?
        .into_iter()
        .map(|(name, ceiling)| {
            let bucket = BucketName::stored(&name).map_err(DatabaseError::corrupt)?;
            Ok(KeptCeiling { bucket, ceiling: permissions(ceiling)? })
        })
        .collect()
}

/// What is kept for the name, and for those that differ from it in upper and lower case alone: some
/// storages take them for one bucket.
pub fn find(
    connection: &mut DbConnection,
    store_id: &str,
    name: &BucketName,
) -> Result<Permissions, DatabaseError> {
    let is_twin = lower(dsl::name).eq(name.as_str().to_ascii_lowercase());
    let kept = dsl::table.filter(dsl::store_id.eq(store_id)).filter(is_twin).select(dsl::ceiling);
    let mut kept = kept.load::<i16>(connection)?.into_iter().map(permissions);
    kept.try_fold(Permissions::ALL, |all, one| Ok(all.intersection(one?)))
}

/// Keeps a ceiling for the name.
pub fn insert(
    connection: &mut DbConnection,
    store_id: &str,
    name: &BucketName,
    ceiling: Permissions,
) -> Result<(), DatabaseError> {
    let row = NewKeptCeilingRow { store_id, name: name.as_str(), ceiling: ceiling.bits() };
    diesel::insert_into(dsl::table).values(row).execute(connection)?;
    Ok(())
}

/// Keeps the ceiling of the name no longer; whether one was kept.
pub fn delete(
    connection: &mut DbConnection,
    store_id: &str,
    name: &BucketName,
) -> Result<bool, DatabaseError> {
    Ok(diesel::delete(dsl::table.find((store_id, name.as_str()))).execute(connection)? > 0)
}
