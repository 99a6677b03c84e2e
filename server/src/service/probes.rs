//! Reports of storage probes, and the keys that a probe signs with.

use std::sync::Arc;

use sail_cargo_database::tables::storage_accounts;
use sail_cargo_database::transaction::exclusive;

use super::error::ServiceError;
use super::handle::Service;
use crate::audit::{self, OperatorAct};
use crate::domain::sigv4::StoreCredentials;
use crate::domain::{Approved, Conflict, Context, ProbeReport, Slug, StorageAccount};

impl Service {
    /// The keys of the store `name`, for an approved request of a probe.
    ///
    /// # Errors
    /// [`ServiceError::NotFound`] if there is no such store; [`ServiceError::Database`] if its
    /// secret does not open.
    pub async fn probe_credentials(
        &self,
        name: Slug,
        proof: &Approved<'_>,
    ) -> Result<Arc<StoreCredentials>, ServiceError> {
        let key = self.database.master_key().clone();
        let guarded =
            self.run(move |connection| Ok(storage_accounts::credentials(connection, &key, &name)?));
        Ok(guarded.await?.for_approved(proof))
    }

    /// Stores the report of a probe of `account`, and records the operator's act.
    ///
    /// # Errors
    /// [`ServiceError::Conflict`] if the account has changed since the probe.
    pub async fn keep_probe(
        &self,
        account: StorageAccount,
        report: ProbeReport,
        act: OperatorAct,
        context: Context,
    ) -> Result<(), ServiceError> {
        self.change(move |session| {
            session.everywhere(|connection| {
                exclusive(connection, |connection| {
                    if !storage_accounts::keep_probe(connection, &account, &report)? {
                        return Err(Conflict::StoreChanged(account.name.clone()).into());
                    }
                    Ok(audit::insert_act(connection, &context, act)?)
                })
            })
        })
        .await
    }
}
