//! The buckets of a whole account, page by page.

use std::collections::BTreeMap;

use super::client::StorageClient;
use super::error::StorageError;
use super::said::{Page, Rest};
use super::signer::{PayloadMode, Signer, UnsignedRequest};
use crate::domain::limits;
use crate::domain::s3::{Endpoint, percent};

/// Buckets on one page, as far as the storage knows pages (AWS, "ListBuckets", `MaxBuckets`).
const PAGE: usize = 1000;

/// The account's own list, as far as it was given.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Account {
    /// Whose it is.
    pub(super) owner: Option<String>,
    /// By name, with when each was created, in the storage's own words.
    pub(super) buckets: BTreeMap<String, String>,
    /// It is all of it.
    pub(super) is_whole: bool,
}

impl Account {
    /// Asks for all buckets, or for those whose names begin with `prefix` where the storage can
    /// tell. None where it does not give a list.
    ///
    /// # Errors
    /// The storage does not answer.
    pub(crate) async fn list(
        client: &StorageClient,
        signer: &Signer,
        prefix: &str,
    ) -> Result<Option<Self>, StorageError> {
        let mut account: Option<Self> = None;
        let mut token = None;
        for _ in 0..limits::MAX_LISTED_PAGES {
            let draft = page(&signer.endpoint, prefix, token.as_deref());
            let Some(page) = Page::read(&client.send(&signer.sign(draft)?).await?) else { break };
            let account = account.get_or_insert_default();
            account.owner = account.owner.take().or(page.owner);
            account.buckets.extend(page.buckets);
            account.is_whole = page.rest == Rest::Nothing;
            match page.rest {
                Rest::Behind(next) if account.buckets.len() < limits::MAX_LISTED_BUCKETS => {
                    token = Some(next);
                }
                _ => break,
            }
        }
        Ok(account)
    }

    /// Whether a bucket is the account's; unknown where it is in no part of the list that was given.
    pub(crate) fn holds(&self, bucket: &str) -> Option<bool> {
        let is_there = self.buckets.contains_key(bucket);
        (is_there || self.is_whole).then_some(is_there)
    }

    /// Whether a bucket is seen whose name differs from `bucket` in upper and lower case alone.
    pub(crate) fn holds_twin_of(&self, bucket: &str) -> bool {
        self.buckets.keys().any(|other| other != bucket && other.eq_ignore_ascii_case(bucket))
    }
}

/// A request for one page.
pub(super) fn page(endpoint: &Endpoint, prefix: &str, token: Option<&str>) -> UnsignedRequest {
    let field = |name: &str, value: &str| match value {
        "" => String::new(),
        value => format!("&{name}={}", percent::encode(value)),
    };
    let (prefix, token) = (field("prefix", prefix), token.unwrap_or_default());
    let token = field("continuation-token", token);
    let url = format!("{}/?max-buckets={PAGE}{prefix}{token}", endpoint.url());
    UnsignedRequest {
        method: "GET",
        url,
        headers: Vec::new(),
        payload: PayloadMode::Unsigned,
        body: Vec::new(),
    }
}
