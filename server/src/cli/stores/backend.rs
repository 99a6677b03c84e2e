//! Where the stores are kept: on a server, or in the local database.

use futures_util::TryStreamExt as _;
use sail_cargo_client::Client;
use sail_cargo_protocol as wire;

use super::super::bootstrap::{Fill, context, open};
use super::super::failure::Failure;
use super::super::remote::Remote;
use crate::api::stores::{new_store, to_wire};
use crate::api::wire::project;
use crate::clock::Clock;
use crate::config::DatabaseSettings;
use crate::domain::{Slug, StorageAccount, limits};
use crate::service::{Service, refuse_alias};
use crate::storage_probe::{Manner, probe_account, probe_store};

/// The server or local database that keeps the stores.
pub(super) enum StoreBackend {
    Local(Box<Service>),
    Remote(Client),
}

impl StoreBackend {
    pub(super) async fn open(
        remote: &Remote,
        database: DatabaseSettings,
        fill: Fill<'_>,
    ) -> Result<Self, Failure> {
        match remote.named()? {
            Some(client) => Ok(Self::Remote(client)),
            None => Ok(Self::Local(Box::new(open(database, fill).await?))),
        }
    }

    /// Fails if the other stores' secrets are sealed with another master key.
    pub(super) async fn demand_master_key(&self, name: &str) -> Result<(), Failure> {
        let Self::Local(store) = self else { return Ok(()) };
        let seals = store.seals().await?;
        seals.demand_ours_beside(&Slug::parse(name)?).map_err(|wrong| {
            format!("{wrong}: if it is a new key, put every store again with --new-master-key")
                .into()
        })
    }

    pub(super) async fn put(
        &self,
        name: &str,
        put: wire::PutStore,
        (no_probe, manner): (bool, Manner),
    ) -> Result<wire::Store, Failure> {
        match self {
            Self::Remote(client) => {
                let bucket = manner.bucket.map(|name| name.to_string());
                let query = wire::PutStoreQuery { no_probe, bucket };
                Ok(client.put_store(name, &put, &query).await?)
            }
            Self::Local(store) => {
                let new = new_store(Slug::parse(name)?, put).map_err(|error| error.to_string())?;
                refuse_alias(store, &new, &manner.upstream, &manner.clock).await?;
                let report = if no_probe {
                    None
                } else {
                    let (store, new) = ((**store).clone(), new.clone());
                    Some(probe_account(store, new, manner, context(None)).await?)
                };
                Ok(told(store.put_store(new, report, context(None)).await?))
            }
        }
    }

    pub(super) async fn patch(
        &self,
        name: &str,
        patch: wire::PatchStore,
    ) -> Result<wire::Store, Failure> {
        match self {
            Self::Remote(client) => Ok(client.patch_store(name, &patch).await?),
            Self::Local(store) => {
                let used = (patch.access, patch.accept_unsafe_storage);
                Ok(told(store.use_store(Slug::parse(name)?, used, context(None)).await?))
            }
        }
    }

    pub(super) async fn get(&self, name: &str) -> Result<wire::Store, Failure> {
        match self {
            Self::Remote(client) => Ok(client.store(name).await?),
            Self::Local(store) => Ok(told(store.store(Slug::parse(name)?).await?)),
        }
    }

    pub(super) async fn probe(
        &self,
        name: &str,
        manner: Manner,
    ) -> Result<wire::ProbeReport, Failure> {
        match self {
            Self::Remote(client) => {
                let bucket = manner.bucket.map(|name| name.to_string());
                let query = wire::ProbeQuery { bucket };
                Ok(client.probe_store(name, &query).await?)
            }
            Self::Local(store) => {
                let store = (**store).clone();
                let name = Slug::parse(name)?;
                Ok(probe_store(store, name, manner, context(None)).await?)
            }
        }
    }

    pub(super) async fn list(&self) -> Result<Vec<wire::Store>, Failure> {
        match self {
            Self::Remote(client) => Ok(client.stores(&wire::PageQuery::default()).await?.items),
            Self::Local(store) => Ok(store.stores().await?.into_iter().map(told).collect()),
        }
    }

    pub(super) async fn projects(&self) -> Result<Vec<wire::Project>, Failure> {
        match self {
            Self::Remote(client) => Ok(client.projects_stream().try_collect().await?),
            Self::Local(store) => {
                let all = store.projects(String::new(), usize::MAX >> 1).await?;
                Ok(all.iter().map(project).collect())
            }
        }
    }

    pub(super) async fn delete(&self, name: &str) -> Result<(), Failure> {
        match self {
            Self::Remote(client) => Ok(client.delete_store(name).await?),
            Self::Local(store) => Ok(store.delete_store(Slug::parse(name)?, context(None)).await?),
        }
    }
}

/// The account as the REST API represents it.
pub(crate) fn told(account: StorageAccount) -> wire::Store {
    to_wire(account, Clock::system().now(), limits::DEFAULT_PROBE_AGE)
}
