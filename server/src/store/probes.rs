//! What probes of stores found, and the keys to probe with.

use std::sync::Arc;

use diesel::prelude::*;
use sail_cargo_protocol::ProbeReport;

use super::audit::{self, OperatorAct};
use super::connection::exclusive;
use super::error::StoreError;
use super::rows::{json, micros, to_json};
use super::schema::store as dsl;
use super::storage_accounts::SealedRow;
use super::{Database, StorageAccount};
use crate::domain::s3::Endpoint;
use crate::domain::sigv4::StoreCredentials;
use crate::domain::{Approved, Context, Slug, StorageContract};

impl Database {
    /// The keys of the store `name`, to sign an approved request of a probe with.
    ///
    /// # Errors
    /// There is none of that name, or see [`Database::credentials`].
    pub async fn probe_credentials(
        &self,
        name: Slug,
        _proof: &Approved<'_>,
    ) -> Result<Arc<StoreCredentials>, StoreError> {
        let key = self.master_key.clone();
        self.run(move |connection| {
            let sealed = dsl::table
                .filter(dsl::name.eq(name.as_str()))
                .select(SealedRow::as_select())
                .first(connection)
                .optional()?
                .ok_or(StoreError::NotFound("store"))?;
            sealed.into_credentials(&key).map(Arc::new)
        })
        .await
    }

    /// Keeps what a probe of `account` found, and records it as `act`.
    ///
    /// # Errors
    /// The account was changed meanwhile, so that something else was probed.
    pub async fn keep_probe(
        &self,
        account: StorageAccount,
        report: ProbeReport,
        act: OperatorAct,
        context: Context,
    ) -> Result<(), StoreError> {
        self.change(move |session| {
            let endpoints: Vec<_> = account.endpoints.iter().map(Endpoint::to_wire).collect();
            let probed = dsl::table
                .filter(dsl::name.eq(&account.name))
                .filter(dsl::endpoints.eq(to_json(&endpoints)?))
                .filter(dsl::access_key_id.eq(&account.access_key_id))
                .filter(dsl::version.eq(account.version));
            let found = (ProbeChangeset::new(Some(&report))?, dsl::version.eq(dsl::version + 1));
            session.everywhere(|connection| {
                exclusive(connection, |connection| {
                    if diesel::update(probed).set(found).execute(connection)? == 0 {
                        let name = &account.name;
                        return Err(StoreError::Conflict {
                            code: "store_changed",
                            detail: format!("store `{name}` was changed while it was probed"),
                        });
                    }
                    audit::insert_act(connection, &context, act)
                })
            })
        })
        .await
    }
}

/// What a stored report shows of the storage.
pub(super) fn contract(
    report: Option<&str>,
    accepted: bool,
) -> Result<StorageContract, StoreError> {
    let report: Option<ProbeReport> = report.map(json).transpose()?;
    Ok(StorageContract::of(report.as_ref(), accepted))
}

/// What is written of a probe in a store's row: nothing where the store is unproved.
#[derive(AsChangeset, Insertable)]
#[diesel(table_name = dsl, treat_none_as_null = true, treat_none_as_default_value = false)]
pub(super) struct ProbeChangeset {
    probed_at: Option<i64>,
    probe_safe: Option<bool>,
    probe: Option<String>,
}

impl ProbeChangeset {
    pub(super) fn new(report: Option<&ProbeReport>) -> Result<Self, StoreError> {
        Ok(Self {
            probed_at: report.map(|report| micros(report.probed_at)),
            probe_safe: report.map(|report| report.safe),
            probe: report.map(to_json).transpose()?,
        })
    }
}
