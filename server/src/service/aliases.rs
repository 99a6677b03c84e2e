//! Detects two stores over one storage account: two projects could register the same bucket through
//! them.
//!
//! Writing a store refuses what the database alone shows: the same host, port and access key as
//! another store. This file asks the storages themselves, each with the keys of its own store.

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

/// How many storages are asked at the same time.
const AT_ONCE: usize = 32;

/// Why a storage's buckets and owner are not known.
#[derive(Debug, thiserror::Error)]
enum Unseen {
    #[error("{0}")]
    Service(#[from] ServiceError),
    #[error("{0}")]
    Storage(#[from] StorageError),
    #[error("its credentials cannot list buckets")]
    Refused,
}

/// Refuses a store whose storage shows that another store has the same account.
///
/// Two stores that are both shared may have one account, because only operators register buckets in
/// them. A storage that does not answer, or lists no buckets for these keys, is not refused.
///
/// # Errors
/// `Conflict::StoreAlias` with the evidence; [`ServiceError::Database`] if the database does not
/// answer.
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
            log::warn!(
                "cannot tell whether another store has the account of store {name}: {unseen}"
            );
            Ok(())
        }
    }
}

/// The store among `others` with the same account as `new`, and the evidence.
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
                log::warn!("cannot tell whether stores {new} and {name} are one account: {unseen}");
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

/// Whether the two stores have a host and port in common.
fn is_one_place(new: &NewStore, other: &StorageAccount) -> bool {
    new.endpoints.iter().any(|ours| other.endpoints.iter().any(|theirs| ours.is_at(theirs)))
}
