//! Storage accounts: save, list and forget them; and their keys, for an [`Approved`] request only.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use sail_cargo_database::tables::storage_accounts;
use sail_cargo_database::transaction::exclusive;
use sail_cargo_database::{DbConnection, MasterKey, NewStore};

use super::error::ServiceError;
use super::handle::Service;
use crate::audit::{self, OperatorAct};
use crate::cache::State;
use crate::domain::s3::Endpoint;
use crate::domain::sigv4::StoreCredentials;
use crate::domain::storage_contract::hazards_of;
use crate::domain::{
    Approved, Conflict, Context, ProbeReport, ProjectId, Resource, Slug, StorageAccount,
    StoreAccess,
};

impl Service {
    /// Creates or replaces an account, with the report of its probe. Without a report the store is
    /// unproved.
    ///
    /// # Errors
    /// [`ServiceError::Conflict`] if another store has this account already, or the account is not
    /// shared and several projects use it; [`ServiceError::Database`] if the database does not
    /// answer.
    pub async fn put_store(
        &self,
        new: NewStore,
        probe: Option<ProbeReport>,
        context: Context,
    ) -> Result<StorageAccount, ServiceError> {
        let key = self.database.master_key().clone();
        self.change(move |session| {
            session.everywhere(|connection| {
                exclusive(connection, |connection| {
                    let account = put(connection, &key, &new, probe.as_ref(), context.now)?;
                    let act = OperatorAct::done("store.put", &new.name, sentence(&account));
                    audit::insert_act(connection, &context, act)?;
                    Ok(account)
                })
            })
        })
        .await
    }

    /// Changes how an account is used: how requests reach the storage, and whether requests are
    /// signed although it is unsafe. `None` keeps what is.
    ///
    /// # Errors
    /// [`ServiceError::NotFound`] if there is no such account.
    pub async fn use_store(
        &self,
        name: Slug,
        (access, accept_unsafe_storage): (Option<StoreAccess>, Option<bool>),
        context: Context,
    ) -> Result<StorageAccount, ServiceError> {
        self.change(move |session| {
            session.everywhere(|connection| {
                exclusive(connection, |connection| {
                    let had = storage_accounts::find(connection, &name)?;
                    let access = access.unwrap_or(had.access);
                    let accept = accept_unsafe_storage.unwrap_or(had.accept_unsafe_storage);
                    storage_accounts::set_use(connection, &name, (access, accept), context.now)?;
                    let account = storage_accounts::find(connection, &name)?;
                    let act = OperatorAct::done("store.set", &name, sentence(&account));
                    audit::insert_act(connection, &context, act)?;
                    Ok(account)
                })
            })
        })
        .await
    }

    /// All accounts, by name.
    ///
    /// # Errors
    /// [`ServiceError::Database`] if the database does not answer.
    pub async fn stores(&self) -> Result<Vec<StorageAccount>, ServiceError> {
        self.run(|connection| Ok(storage_accounts::list(connection)?)).await
    }

    /// One account, by name.
    ///
    /// # Errors
    /// [`ServiceError::NotFound`] if there is no such account.
    pub async fn store(&self, name: Slug) -> Result<StorageAccount, ServiceError> {
        self.run(move |connection| Ok(storage_accounts::find(connection, &name)?)).await
    }

    /// The account of a project.
    ///
    /// # Errors
    /// [`ServiceError::NotFound`] if there is no such project.
    pub async fn account_of(&self, project: ProjectId) -> Result<StorageAccount, ServiceError> {
        self.run(move |connection| Ok(storage_accounts::of_project(connection, &project)?)).await
    }

    /// Forgets an account.
    ///
    /// # Errors
    /// [`ServiceError::NotFound`] if there is no such account; [`ServiceError::Conflict`] if a
    /// project uses it.
    pub async fn delete_store(&self, name: Slug, context: Context) -> Result<(), ServiceError> {
        self.run(move |connection| {
            exclusive(connection, |connection| {
                if !storage_accounts::delete(connection, &name)? {
                    return Err(ServiceError::NotFound(Resource::Store));
                }
                let act = OperatorAct::done("store.delete", &name, format!("forgot store {name}"));
                Ok(audit::insert_act(connection, &context, act)?)
            })
        })
        .await
    }

    /// The keys of the project's store, for an approved request.
    ///
    /// # Errors
    /// [`ServiceError::Database`] if the database does not answer, or this master key does not open
    /// the seal.
    pub async fn credentials(
        &self,
        project: ProjectId,
        proof: &Approved<'_>,
    ) -> Result<Arc<StoreCredentials>, ServiceError> {
        let cached = |state: &State| state.credentials().map(|keys| keys.for_approved(proof));
        if let Some(credentials) = self.cache.get_if_fresh(&project, None, cached) {
            return Ok(credentials);
        }
        let key = self.database.master_key().clone();
        let guarded = self.run(move |connection| {
            Ok(storage_accounts::credentials_of_project(connection, &key, &project)?)
        });
        Ok(guarded.await?.for_approved(proof))
    }
}

fn put(
    connection: &mut DbConnection,
    key: &MasterKey,
    new: &NewStore,
    probe: Option<&ProbeReport>,
    now: DateTime<Utc>,
) -> Result<StorageAccount, ServiceError> {
    let known = storage_accounts::known(connection, &new.name)?;
    if let Some(known) = &known {
        demand_shared(connection, &known.id, &new.name, new.shared)?;
    }
    refuse_twin(connection, new)?;
    match known {
        None => storage_accounts::insert(connection, key, new, probe, now)?,
        Some(known) => {
            let same = known.endpoints.iter().any(|had| new.endpoints.contains(had));
            let report = known.probe.filter(|_| same && probe.is_none());
            let hazards = report.and_then(hazards_of);
            let probe = probe.or(hazards.as_ref());
            storage_accounts::update(connection, key, &known.id, new, probe, now)?;
        }
    }
    Ok(storage_accounts::find(connection, &new.name)?)
}

/// Refuses several projects on a store that is not shared.
pub(super) fn demand_shared(
    connection: &mut DbConnection,
    id: &str,
    name: &Slug,
    shared: bool,
) -> Result<(), ServiceError> {
    if shared || !storage_accounts::has_several_projects(connection, id)? {
        return Ok(());
    }
    Err(Conflict::StoreNotShared(name.clone()).into())
}

/// Refuses a store with the same host, port and access key as another: two projects could register
/// one bucket. This check needs no request to the storage, unlike those in `aliases`.
fn refuse_twin(connection: &mut DbConnection, new: &NewStore) -> Result<(), ServiceError> {
    for (name, theirs) in storage_accounts::with_access_key(connection, new)? {
        if new.endpoints.iter().any(|ours| theirs.iter().any(|theirs| ours.is_at(theirs))) {
            return Err(Conflict::StoreExists(name).into());
        }
    }
    Ok(())
}

/// The sentence for the audit trail.
fn sentence(account: &StorageAccount) -> String {
    let endpoints: Vec<_> = account.endpoints.iter().map(Endpoint::url).collect();
    let (name, endpoints, key) = (&account.name, endpoints.join(", "), &account.access_key_id);
    let shared = if account.shared { ", shared" } else { "" };
    let accepted = if account.accept_unsafe_storage { ", unsafe storage accepted" } else { "" };
    let only = match account.access {
        StoreAccess::Direct => "",
        StoreAccess::Gateway => ", through the gateway only",
    };
    format!("saved store {name}: {endpoints}, access key {key}{shared}{accepted}{only}")
}
