//! The rows of `store`.

use chrono::{DateTime, Utc};
use diesel::prelude::*;

use super::access::{access_word, parse_access};
use super::endpoints::{parse_endpoints, write_endpoints};
use super::new_store::NewStore;
use crate::columns::{instant, micros};
use crate::connection::Backend;
use crate::domain::sigv4::{GuardedCredentials, StoreCredentials};
use crate::domain::storage_contract::read_again;
use crate::domain::{ProbeReport, StorageAccount};
use crate::error::DatabaseError;
use crate::probe_record;
use crate::schema::store as dsl;
use crate::vault::MasterKey;

/// An account as it is read, without its secret.
#[derive(Queryable, Selectable)]
#[diesel(table_name = dsl, check_for_backend(Backend))]
pub(super) struct AccountRow {
    name: String,
    endpoints: String,
    region: String,
    access_key_id: String,
    shared: bool,
    accept_unsafe_storage: bool,
    probe: Option<String>,
    created_at: i64,
    updated_at: i64,
    version: i64,
    access: String,
}

impl TryFrom<AccountRow> for StorageAccount {
    type Error = DatabaseError;

    fn try_from(row: AccountRow) -> Result<Self, DatabaseError> {
        Ok(Self {
            name: row.name,
            endpoints: parse_endpoints(&row.endpoints)?,
            region: row.region,
            access_key_id: row.access_key_id,
            shared: row.shared,
            accept_unsafe_storage: row.accept_unsafe_storage,
            access: parse_access(&row.access)?,
            probe: row.probe.as_deref().map(probe_record::read).transpose()?.map(read_again),
            created_at: instant(row.created_at)?,
            updated_at: instant(row.updated_at)?,
            version: row.version,
        })
    }
}

/// A sealed secret, and what is needed to open it.
#[derive(Queryable, Selectable)]
#[diesel(table_name = dsl, check_for_backend(Backend))]
pub(crate) struct SealedRow {
    id: String,
    region: String,
    access_key_id: String,
    secret_sealed: Vec<u8>,
    pub(super) sealed_with: String,
}

impl SealedRow {
    /// Opens the secret. Only an approved request may use the result.
    ///
    /// # Errors
    /// [`DatabaseError::Corrupt`] if another master key sealed the secret, or the secret is
    /// damaged.
    pub(crate) fn open(self, key: &MasterKey) -> Result<GuardedCredentials, DatabaseError> {
        if self.sealed_with != key.id() {
            return Err(DatabaseError::Corrupt(format!(
                "the store's secret was sealed with master key {}, not {}",
                self.sealed_with,
                key.id()
            )));
        }
        let secret = key.open(&self.secret_sealed, &place(&self.id, &self.access_key_id))?;
        let credentials = StoreCredentials::new(self.access_key_id, secret, self.region);
        Ok(GuardedCredentials::new(credentials))
    }
}

/// The associated data that a seal is bound to: the row and the access key.
fn place(id: &str, access_key_id: &str) -> String {
    format!("store/{id}/{access_key_id}")
}

/// The sealed secret of an account, with the account's name.
#[derive(Queryable, Selectable)]
#[diesel(table_name = dsl, check_for_backend(Backend))]
pub(super) struct NamedSealRow {
    pub(super) name: String,
    #[diesel(embed)]
    pub(super) sealed: SealedRow,
}

/// Identifies a state of an account. The version alone does not suffice: an older release does not
/// raise it, and a database that was restored from a backup assigns it again. So the times of the
/// last change and probe count, too.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = dsl, check_for_backend(Backend))]
pub struct AccountVersion {
    version: i64,
    updated_at: i64,
    probed_at: Option<i64>,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = dsl, check_for_backend(Backend))]
pub(super) struct KnownRow {
    pub(super) id: String,
    pub(super) endpoints: String,
    pub(super) probe: Option<String>,
}

/// The columns of an account that every write sets.
#[derive(AsChangeset, Insertable)]
#[diesel(table_name = dsl)]
pub(super) struct AccountChangeset<'a> {
    endpoints: String,
    region: &'a str,
    access_key_id: &'a str,
    secret_sealed: Vec<u8>,
    sealed_with: &'a str,
    shared: bool,
    accept_unsafe_storage: bool,
    /// A replaced account keeps its column without a value; a new one gets the default.
    access: Option<&'a str>,
    #[diesel(embed)]
    probe: ProbeChangeset,
    updated_at: i64,
}

impl<'a> AccountChangeset<'a> {
    /// Seals the secret of `new` for the row `id`.
    pub(super) fn new(
        key: &'a MasterKey,
        id: &str,
        new: &'a NewStore,
        probe: Option<&ProbeReport>,
        now: DateTime<Utc>,
    ) -> Result<Self, DatabaseError> {
        Ok(Self {
            endpoints: write_endpoints(&new.endpoints)?,
            region: &new.region,
            access_key_id: &new.access_key_id,
            secret_sealed: key.seal(&new.secret_access_key, &place(id, &new.access_key_id))?,
            sealed_with: key.id(),
            shared: new.shared,
            accept_unsafe_storage: new.accept_unsafe_storage,
            access: new.access.map(access_word),
            probe: ProbeChangeset::new(probe)?,
            updated_at: micros(now),
        })
    }
}

/// A new row.
#[derive(Insertable)]
#[diesel(table_name = dsl)]
pub(super) struct NewAccountRow<'a> {
    pub(super) id: &'a str,
    pub(super) name: &'a str,
    #[diesel(embed)]
    pub(super) row: AccountChangeset<'a>,
    pub(super) created_at: i64,
}

/// The columns about the last probe; NULL if the store was not probed.
#[derive(AsChangeset, Insertable)]
#[diesel(table_name = dsl, treat_none_as_null = true, treat_none_as_default_value = false)]
pub(super) struct ProbeChangeset {
    probed_at: Option<i64>,
    probe_safe: Option<bool>,
    probe: Option<String>,
}

impl ProbeChangeset {
    pub(super) fn new(report: Option<&ProbeReport>) -> Result<Self, DatabaseError> {
        Ok(Self {
            probed_at: report.map(|report| micros(report.probed_at)),
            probe_safe: report.map(|report| report.safe),
            probe: report.map(probe_record::write).transpose()?,
        })
    }
}
