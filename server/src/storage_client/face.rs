//! Detects whether two stores are the same account under two names or two keys, from what the
//! account's list of buckets shows.

use std::sync::Arc;

use super::account::{Account, page};
use super::client::StorageClient;
use super::error::StorageError;
use super::signer::{ServerPrincipal, Signer};
use super::upstream::Upstream;
use crate::clock::Clock;
use crate::domain::Approved;
use crate::domain::s3::Endpoint;
use crate::domain::sigv4::StoreCredentials;

/// Owner ids that many accounts share: the one of every MinIO, and the one of every server based on
/// gofakes3 (rclone).
const EVERYBODY: [&str; 2] = [
    "02d6176db174dc93cb1b899f7c6078f08654445fe8cf1b6ce98d8855f66bdbf4",
    "fe7272ea58be830e56fe1663b10fafef",
];

/// An account's list of buckets, used to compare accounts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Face(Account);

/// Evidence that two stores are the same account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Likeness {
    /// The same owner.
    Owner,
    /// The same bucket.
    Bucket(String),
}

impl std::fmt::Display for Likeness {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Owner => f.write_str("the storage names the same owner for both stores"),
            Self::Bucket(bucket) => write!(f, "both hold the bucket `{bucket}`"),
        }
    }
}

/// Lists the buckets of the account at `endpoint`. `keys` returns the credentials for the approved
/// request. `None` if the answer is not a list.
///
/// # Errors
/// The storage does not answer, or `keys` fails.
/// The storage does not answer, or there are no keys.
pub(crate) async fn face<E: From<StorageError>>(
    upstream: &Upstream,
    clock: &Clock,
    endpoint: &Endpoint,
    keys: impl AsyncFnOnce(&Approved<'_>) -> Result<Arc<StoreCredentials>, E>,
) -> Result<Option<Face>, E> {
    let principal = ServerPrincipal::of([])?.of_own_account();
    let request = page(endpoint, "", None).parse(endpoint)?;
    let credentials = keys(principal.approve(&request, clock.now())?.approved()).await?;
    let signer =
        Signer { principal, endpoint: endpoint.clone(), credentials, clock: clock.clone() };
    let account =
        Account::list(&StorageClient::new(upstream.clone(), endpoint), &signer, "").await?;
    Ok(account.map(Face))
}

impl Face {
    /// Finds evidence that both are the same account. `same_place` says that they have the same
    /// host and port: then the same bucket name, or the same owner, suffices. Otherwise buckets
    /// must also have the same creation time, and only AWS's canonical user ids count as owners,
    /// because many storages have an owner `admin`.
    pub(crate) fn likeness(&self, other: &Self, same_place: bool) -> Option<Likeness> {
        let (ours, theirs) = (&self.0, &other.0);
        let owner = ours.owner.as_deref().filter(|owner| !EVERYBODY.contains(owner));
        let is_telling = |owner: &str| same_place || is_canonical(owner);
        if owner.is_some_and(is_telling) && ours.owner == theirs.owner {
            return Some(Likeness::Owner);
        }
        let is_same = |name: &String, created: &String| {
            let there = theirs.buckets.get(name);
            there.is_some_and(|there| same_place || (is_instant(created) && there == created))
        };
        let mut mine = ours.buckets.iter();
        mine.find(|(name, created)| is_same(name, created))
            .map(|(name, _)| Likeness::Bucket(name.clone()))
    }
}

/// Whether this is a real creation time. A storage that does not know it sends 1970 or a text that
/// sorts before 2006, the year S3 began.
fn is_instant(created: &str) -> bool {
    created > "2006"
}

/// Whether this is the canonical user id of an AWS account: 64 hexadecimal digits.
fn is_canonical(owner: &str) -> bool {
    owner.len() == 64 && owner.bytes().all(|byte| byte.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn face(owner: &str, buckets: &[(&str, &str)]) -> Face {
        let pair = |(name, at): &(&str, &str)| ((*name).to_owned(), (*at).to_owned());
        let owner = (!owner.is_empty()).then(|| owner.to_owned());
        Face(Account { owner, buckets: buckets.iter().map(pair).collect(), is_whole: false })
    }

    #[test]
    fn two_accounts_are_one_by_what_only_one_can_have() {
        let canonical = "79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be";
        let (photos, later) = (("photos", "2026-01-01T00:00:00.000Z"), ("photos", "2026-02-02"));
        let bucket = Some(Likeness::Bucket("photos".to_owned()));
        let owner = Some(Likeness::Owner);
        for (ours, theirs, here, elsewhere) in [
            (face("", &[]), face("", &[]), None, None),
            (face("", &[photos]), face("", &[("other", photos.1)]), None, None),
            (face("ada", &[]), face("bob", &[]), None, None),
            (face("ada", &[]), face("ada", &[]), owner.clone(), None),
            (face(canonical, &[]), face(canonical, &[]), owner.clone(), owner),
            (face(EVERYBODY[0], &[]), face(EVERYBODY[0], &[]), None, None),
            (face(EVERYBODY[1], &[later]), face(EVERYBODY[1], &[photos]), bucket.clone(), None),
            (face("ada", &[photos]), face("bob", &[photos]), bucket.clone(), bucket.clone()),
            (face("", &[("photos", "")]), face("", &[("photos", "")]), bucket.clone(), None),
            (
                face("", &[("photos", "1970-01-01T00:00:00.000Z")]),
                face("", &[("photos", "1970-01-01T00:00:00.000Z")]),
                bucket,
                None,
            ),
        ] {
            assert_eq!(ours.likeness(&theirs, true), here, "{ours:?} {theirs:?}");
            assert_eq!(ours.likeness(&theirs, false), elsewhere, "{ours:?} {theirs:?}");
            assert_eq!(theirs.likeness(&ours, true), here, "the other way round");
        }
    }
}
