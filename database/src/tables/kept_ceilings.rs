//! `kept_ceiling`: ceilings of buckets that are no longer registered.
//!
//! A ceiling outlives its bucket's registration. It is kept for the name in the store, and binds
//! the project that registers the name next.

use diesel::prelude::*;

use crate::columns::{permissions, rows_at_most};
use crate::connection::DbConnection;
use crate::domain::{BucketName, Permissions};
use crate::error::DatabaseError;
use crate::schema::kept_ceiling as dsl;

/// The ceiling that is kept for an unregistered name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptCeiling {
    /// The name of the bucket.
    pub bucket: BucketName,
    /// The most that anybody may do in the next bucket of this name.
    pub ceiling: Permissions,
}

/// A new row.
#[derive(Insertable)]
#[diesel(table_name = dsl)]
struct NewKeptCeilingRow<'a> {
    store_id: &'a str,
    name: &'a str,
    ceiling: i16,
}

diesel::define_sql_function! {
    /// The text in lower case. Bucket names are ASCII.
    fn lower(text: diesel::sql_types::Text) -> diesel::sql_types::Text;
}

/// A page of a store's kept ceilings: at most `limit` after `after`, by name.
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

/// The intersection of the ceilings kept for this name and for names that differ only in case,
/// which some storages take for the same bucket.
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

/// Keeps a ceiling for a name.
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

/// Deletes the ceiling of a name. Returns whether there was one.
pub fn delete(
    connection: &mut DbConnection,
    store_id: &str,
    name: &BucketName,
) -> Result<bool, DatabaseError> {
    Ok(diesel::delete(dsl::table.find((store_id, name.as_str()))).execute(connection)? > 0)
}
