//! `store`: storage accounts. The secret goes in sealed, and comes out for an [`Approved`] only.

mod rows;

use std::sync::Arc;

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use sail_cargo_protocol as wire;

use super::Database;
use super::audit::{self, OperatorAct};
use super::cache::State;
use super::connection::{DbConnection, exclusive};
use super::error::StoreError;
use super::rows::{json, micros};
use super::schema::{project, store as dsl};
use crate::domain::s3::{AddressingStyle, Endpoint};
use crate::domain::sigv4::StoreCredentials;
use crate::domain::storage_contract::hazards_of;
use crate::domain::{Approved, Context, ProjectId, Secret, Slug};
use rows::{AccountChangeset, AccountRow, KnownRow, NewAccountRow};
pub(super) use rows::{AccountVersion, SealedRow};

/// A storage account to be written.
#[derive(Debug, Clone)]
pub struct NewStore {
    /// Its name.
    pub name: Slug,
    /// Where it answers.
    pub endpoints: Vec<Endpoint>,
    /// The region in the signature's scope.
    pub region: String,
    /// The access key id.
    pub access_key_id: String,
    /// The secret access key.
    pub secret_access_key: Secret,
    /// Several projects share it.
    pub shared: bool,
    /// It is signed for although the storage is unsafe.
    pub accept_unsafe_storage: bool,
}

/// A stored storage account, without its secret.
#[derive(Debug, Clone)]
pub struct StorageAccount {
    /// Its name.
    pub name: String,
    /// Where it answers.
    pub endpoints: Vec<Endpoint>,
    /// The region in the signature's scope.
    pub region: String,
    /// The access key id.
    pub access_key_id: String,
    /// Several projects share it.
    pub shared: bool,
    /// It is signed for although the storage is unsafe.
    pub accept_unsafe_storage: bool,
    /// What the last probe found; none when the storage is unproved.
    pub probe: Option<wire::ProbeReport>,
    /// When it was created.
    pub created_at: DateTime<Utc>,
    /// When it last changed.
    pub updated_at: DateTime<Utc>,
    /// Raised with every change and every probe.
    pub(super) version: i64,
}

impl StorageAccount {
    /// What is on record of it when it was saved.
    fn sentence(&self) -> String {
        let endpoints: Vec<_> = self.endpoints.iter().map(Endpoint::url).collect();
        let (name, endpoints, key) = (&self.name, endpoints.join(", "), &self.access_key_id);
        let shared = if self.shared { ", shared" } else { "" };
        let accepted = if self.accept_unsafe_storage { ", unsafe storage accepted" } else { "" };
        format!("saved store {name}: {endpoints}, access key {key}{shared}{accepted}")
    }
}

impl Database {
    /// Creates the account, or replaces what is known of it, with what a probe of it found; without
    /// one it is unproved.
    ///
    /// # Errors
    /// The database is not available; another store is this account already; it is not shared, and
    /// more than one project uses it.
    pub async fn put_store(
        &self,
        new: NewStore,
        probe: Option<wire::ProbeReport>,
        context: Context,
    ) -> Result<StorageAccount, StoreError> {
        let key = self.master_key.clone();
        self.change(move |session| {
            session.everywhere(|connection| {
                exclusive(connection, |connection| {
                    let account = put(connection, &key, &new, probe.as_ref(), context.now)?;
                    let act = OperatorAct::done("store.put", &new.name, account.sentence());
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
    /// The database is not available.
    pub async fn stores(&self) -> Result<Vec<StorageAccount>, StoreError> {
        self.run(|connection| {
            dsl::table
                .order(dsl::name)
                .select(AccountRow::as_select())
                .load(connection)?
                .into_iter()
                .map(StorageAccount::try_from)
                .collect()
        })
        .await
    }

    /// One account.
    ///
    /// # Errors
    /// There is none of that name.
    pub async fn store(&self, name: Slug) -> Result<StorageAccount, StoreError> {
        self.run(move |connection| find(connection, &name)).await
    }

    /// The account a project's objects are in.
    ///
    /// # Errors
    /// There is no such project.
    pub async fn account_of(&self, project: ProjectId) -> Result<StorageAccount, StoreError> {
        self.run(move |connection| {
            project::table
                .inner_join(dsl::table.on(dsl::id.eq(project::store_id)))
                .filter(project::id.eq(project.as_str()))
                .select(AccountRow::as_select())
                .first(connection)
                .optional()?
                .ok_or(StoreError::NotFound("store"))?
                .try_into()
        })
        .await
    }

    /// Forgets an account.
    ///
    /// # Errors
    /// There is none of that name, or a project uses it.
    pub async fn delete_store(&self, name: Slug, context: Context) -> Result<(), StoreError> {
        self.run(move |connection| {
            exclusive(connection, |connection| {
                let row = dsl::table.filter(dsl::name.eq(name.as_str()));
                if diesel::delete(row).execute(connection)? == 0 {
                    return Err(StoreError::NotFound("store"));
                }
                let act = OperatorAct::done("store.delete", &name, format!("forgot store {name}"));
                audit::insert_act(connection, &context, act)
            })
        })
        .await
    }

    /// The keys to sign an approved request with. There is no other way to them.
    ///
    /// # Errors
    /// The database is not available, or the seal does not open under this master key.
    pub async fn credentials(
        &self,
        project: ProjectId,
        _proof: &Approved<'_>,
    ) -> Result<Arc<StoreCredentials>, StoreError> {
        let cached = |state: &State| state.credentials().cloned();
        if let Some(credentials) = self.cache.get_if_fresh(&project, None, cached) {
            return Ok(credentials);
        }
        let key = self.master_key.clone();
        self.run(move |connection| {
            let sealed = project::table
                .inner_join(dsl::table.on(dsl::id.eq(project::store_id)))
                .filter(project::id.eq(project.as_str()))
                .select(SealedRow::as_select())
                .first(connection)?;
            sealed.into_credentials(&key).map(Arc::new)
        })
        .await
    }
}

fn put(
    connection: &mut DbConnection,
    key: &super::MasterKey,
    new: &NewStore,
    probe: Option<&wire::ProbeReport>,
    now: DateTime<Utc>,
) -> Result<StorageAccount, StoreError> {
    let known = dsl::table
        .filter(dsl::name.eq(new.name.as_str()))
        .select(KnownRow::as_select())
        .first(connection)
        .optional()?;
    let mut hazards = None;
    if let Some(known) = &known {
        demand_shared(connection, &known.id, &new.name, new.shared)?;
        let same = parse_endpoints(&known.endpoints)?.iter().any(|had| new.endpoints.contains(had));
        let report: Option<wire::ProbeReport> = known.probe.as_deref().map(json).transpose()?;
        hazards = report.filter(|_| same && probe.is_none()).and_then(hazards_of);
    }
    let is_known = known.is_some();
    let id = known.map_or_else(|| uuid::Uuid::new_v4().to_string(), |known| known.id);
    refuse_twin(connection, new)?;
    let row = AccountChangeset::new(key, &id, new, probe.or(hazards.as_ref()), now)?;
    if is_known {
        let raised = dsl::version.eq(dsl::version + 1);
        diesel::update(dsl::table.find(&id)).set((row, raised)).execute(connection)?;
    } else {
        let row = NewAccountRow { id: &id, name: new.name.as_str(), row, created_at: micros(now) };
        diesel::insert_into(dsl::table).values(row).execute(connection)?;
    }
    find(connection, &new.name)
}

/// Whether others than one project use the account: an operator said so, or they do, from before
/// that was refused.
pub(super) fn is_shared(
    connection: &mut DbConnection,
    project: &ProjectId,
) -> Result<bool, StoreError> {
    let (id, shared): (String, bool) = project::table
        .inner_join(dsl::table.on(dsl::id.eq(project::store_id)))
        .filter(project::id.eq(project.as_str()))
        .select((dsl::id, dsl::shared))
        .first(connection)?;
    Ok(shared || users(connection, &id)? > 1)
}

/// Refuses a store that is not shared and has more than one project.
pub(super) fn demand_shared(
    connection: &mut DbConnection,
    id: &str,
    name: &Slug,
    shared: bool,
) -> Result<(), StoreError> {
    if shared || users(connection, id)? <= 1 {
        return Ok(());
    }
    Err(StoreError::Conflict {
        code: "store_not_shared",
        detail: format!(
            "only one project uses a store that is not shared: `sail-cargo stores put {name} \
             --shared …` has several use it, and only operators register its buckets then"
        ),
    })
}

/// How many projects use a store; whoever asks wants to know whether it is more than one.
fn users(connection: &mut DbConnection, id: &str) -> Result<usize, StoreError> {
    let some = project::table.filter(project::store_id.eq(id)).select(project::id).limit(2);
    Ok(some.load::<String>(connection)?.len())
}

/// Two stores over one account would let two projects register one bucket. What is the same host,
/// port and access key needs no look at the storage (see `aliases`).
fn refuse_twin(connection: &mut DbConnection, new: &NewStore) -> Result<(), StoreError> {
    let others: Vec<(String, String)> = dsl::table
        .filter(dsl::name.ne(new.name.as_str()))
        .filter(dsl::access_key_id.eq(&new.access_key_id))
        .select((dsl::name, dsl::endpoints))
        .load(connection)?;
    for (name, endpoints) in others {
        let theirs = parse_endpoints(&endpoints)?;
        if new.endpoints.iter().any(|ours| theirs.iter().any(|theirs| ours.is_at(theirs))) {
            return Err(StoreError::Conflict {
                code: "store_exists",
                detail: format!("store `{name}` is this account already"),
            });
        }
    }
    Ok(())
}

fn find(connection: &mut DbConnection, name: &Slug) -> Result<StorageAccount, StoreError> {
    dsl::table
        .filter(dsl::name.eq(name.as_str()))
        .select(AccountRow::as_select())
        .first(connection)
        .optional()?
        .ok_or(StoreError::NotFound("store"))?
        .try_into()
}

/// Where a project's storage answers.
pub(super) fn endpoints(
    connection: &mut DbConnection,
    project: &ProjectId,
) -> Result<Vec<Endpoint>, StoreError> {
    let text: String = project::table
        .inner_join(dsl::table.on(dsl::id.eq(project::store_id)))
        .filter(project::id.eq(project.as_str()))
        .select(dsl::endpoints)
        .first(connection)
        .optional()?
        .ok_or(StoreError::NotFound("project"))?;
    parse_endpoints(&text)
}

/// Endpoints from their column.
pub(super) fn parse_endpoints(text: &str) -> Result<Vec<Endpoint>, StoreError> {
    let endpoints: Vec<wire::Endpoint> = json(text)?;
    endpoints
        .iter()
        .map(|endpoint| {
            let style = match endpoint.style {
                wire::AddressingStyle::Path => AddressingStyle::Path,
                wire::AddressingStyle::VirtualHosted => AddressingStyle::VirtualHosted,
            };
            Endpoint::parse(&endpoint.url, style).map_err(StoreError::corrupt)
        })
        .collect()
}
