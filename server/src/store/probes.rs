//! What probes of stores found, and the keys to probe with.

use std::sync::Arc;

use diesel::prelude::*;
use sail_cargo_protocol::ProbeReport;

use super::audit::{self, OperatorAct};
use super::connection::{DbConnection, exclusive};
use super::error::StoreError;
use super::rows::{micros, to_json};
use super::schema::store as dsl;
use super::stores::{SEALED, Sealed, unseal};
use super::write::Context;
use super::{StorageAccount, Store};
use crate::domain::s3::Endpoint;
use crate::domain::sigv4::StoreCredentials;
use crate::domain::{Approved, Slug};

impl Store {
    /// The keys of the store `name`, to sign an approved request of a probe with.
    ///
    /// # Errors
    /// There is none of that name, or see [`Store::credentials`].
    pub async fn probe_credentials(
        &self,
        name: Slug,
        _proof: &Approved<'_>,
    ) -> Result<Arc<StoreCredentials>, StoreError> {
        let key = self.master_key.clone();
        self.run(move |connection| {
            let sealed = dsl::table
                .filter(dsl::name.eq(name.as_str()))
                .select(SEALED)
                .first::<Sealed>(connection)
                .optional()?
                .ok_or(StoreError::NotFound("store"))?;
            unseal(&key, sealed).map(Arc::new)
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
                .filter(dsl::access_key_id.eq(&account.access_key_id));
            let found = (
                dsl::probed_at.eq(micros(report.probed_at)),
                dsl::probe_safe.eq(report.safe),
                dsl::probe.eq(to_json(&report)?),
                dsl::version.eq(dsl::version + 1),
            );
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

/// What was found out about another storage says nothing about this one.
pub(super) fn forget(connection: &mut DbConnection, id: &str) -> Result<(), StoreError> {
    let nothing = (
        dsl::probed_at.eq(None::<i64>),
        dsl::probe_safe.eq(None::<bool>),
        dsl::probe.eq(None::<String>),
        dsl::version.eq(dsl::version + 1),
    );
    diesel::update(dsl::table.find(id)).set(nothing).execute(connection)?;
    Ok(())
}
