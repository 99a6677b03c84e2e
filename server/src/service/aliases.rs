//! One storage account under two names: two projects could register one bucket.
//!
//! What the database alone shows (the same host, port and access key) is refused where a store is
//! written. Here the storages are asked, each with its own store's keys.

use std::sync::Arc;

use futures_util::StreamExt as _;
use sail_cargo_database::NewStore;

use crate::clock::Clock;
use crate::domain::sigv4::StoreCredentials;
use crate::domain::{Approved, Conflict, Slug, StorageAccount};
use crate::service::error::ServiceError;
use crate::service::handle::Service;
use crate::storage_client::upstream::Upstream;
use crate::storage_client::{Face, Likeness, StorageError, face};

/// Storages that are asked at a time.
const AT_ONCE: usize = 32;

/// Why a storage shows nothing.
#[derive(Debug, thiserror::Error)]
enum Unseen {
    #[error("{0}")]
    Service(#[from] ServiceError),
    #[error("{0}")]
    Storage(#[from] StorageError),
    #[error("its keys list no buckets")]
    Refused,
}

/// Refuses a store whose storage shows that its account is another store's already, unless both
/// are shared: only operators give out the names in them. A storage that is away, or lists nothing
/// for these keys, shows nothing.
///
/// # Errors
/// `store_alias`, which says by what; the database is not available.
pub(crate) async fn refuse_alias(
    service: &Service,
    new: &NewStore,
    upstream: &Upstream,
    clock: &Clock,
) -> Result<(), ServiceError> {
    let mut others = service.stores().await?;
    let is_declared = |other: &StorageAccount| new.shared && other.shared;
    others.retain(|other| other.name != new.name.as_str() && !is_declared(other));
    match alias(service, new, &others, (upstream, clock)).await {
        Ok(None) => Ok(()),
        Ok(Some((store, likeness))) => {
            Err(Conflict::StoreAlias { store, because: likeness.to_string() }.into())
        }
        Err(unseen) => {
            let name = &new.name;
            log::warn!("whether store {name} is another's account is not known: {unseen}");
            Ok(())
        }
    }
}

/// The store among `others` that is the account of `new`, and what shows it.
async fn alias(
    service: &Service,
    new: &NewStore,
    others: &[StorageAccount],
    (upstream, clock): (&Upstream, &Clock),
) -> Result<Option<(String, Likeness)>, Unseen> {
    let (Some(endpoint), false) = (new.endpoints.first(), others.is_empty()) else {
        return Ok(None);
    };
    let keys = new.clone();
    let keys = async move |_: &Approved<'_>| {
        let NewStore { access_key_id, secret_access_key, region, .. } = keys;
        Ok::<_, Unseen>(Arc::new(StoreCredentials::new(access_key_id, secret_access_key, region)))
    };
    let ours = face(upstream, clock, endpoint, keys).await?.ok_or(Unseen::Refused)?;
    let ask = |other| face_of(service, upstream, clock, other);
    let mut faces = futures_util::stream::iter(others).map(ask).buffered(AT_ONCE);
    let mut others = others.iter();
    while let (Some(other), Some(theirs)) = (others.next(), faces.next().await) {
        let likeness = match theirs {
            Ok(theirs) => ours.likeness(&theirs, is_one_place(new, other)),
            Err(unseen) => {
                let (new, name) = (&new.name, &other.name);
                log::warn!("whether store {new} is the account of {name} is not known: {unseen}");
                None
            }
        };
        if let Some(likeness) = likeness {
            return Ok(Some((other.name.clone(), likeness)));
        }
    }
    Ok(None)
}

async fn face_of(
    service: &Service,
    upstream: &Upstream,
    clock: &Clock,
    account: &StorageAccount,
) -> Result<Face, Unseen> {
    let endpoint = account.endpoints.first().ok_or(Unseen::Refused)?;
    let name = Slug::parse(&account.name).map_err(|_| Unseen::Refused)?;
    let keys = async move |proof: &Approved<'_>| {
        service.probe_credentials(name, proof).await.map_err(Unseen::from)
    };
    face(upstream, clock, endpoint, keys).await?.ok_or(Unseen::Refused)
}

/// Whether the two have a host and port in common.
fn is_one_place(new: &NewStore, other: &StorageAccount) -> bool {
    new.endpoints.iter().any(|ours| other.endpoints.iter().any(|theirs| ours.is_at(theirs)))
}
