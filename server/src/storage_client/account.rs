//! Lists the buckets of a whole account, page by page.

use std::collections::BTreeMap;

use super::client::StorageClient;
use super::error::StorageError;
use super::said::{Page, Rest};
use super::signer::{PayloadMode, Signer, UnsignedRequest};
use crate::domain::limits;
use crate::domain::s3::{Endpoint, percent};

/// How many buckets to ask for per page, if the storage supports pages (AWS, "ListBuckets",
/// `MaxBuckets`).
const PAGE: usize = 1000;

/// An account's list of buckets, possibly incomplete.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Account {
    /// The id of the account's owner, if the storage names it.
    pub(super) owner: Option<String>,
    /// The creation date of each bucket by its name. The date is the storage's text.
    pub(super) buckets: BTreeMap<String, String>,
    /// Whether the list is complete.
    pub(super) is_whole: bool,
}

impl Account {
    /// Lists the account's buckets. The storage may support listing only those whose names begin
    /// with `prefix`. `None` if the answer is not a list.
    ///
    /// # Errors
    /// [`StorageError`] if the storage does not answer.
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

    /// Whether the account has the bucket; `None` if the list is incomplete and does not contain
    /// it.
    pub(crate) fn holds(&self, bucket: &str) -> Option<bool> {
        let is_there = self.buckets.contains_key(bucket);
        (is_there || self.is_whole).then_some(is_there)
    }

    /// Whether the list contains a bucket whose name differs from `bucket` only in upper and lower
    /// case.
    pub(crate) fn holds_twin_of(&self, bucket: &str) -> bool {
        self.buckets.keys().any(|other| other != bucket && other.eq_ignore_ascii_case(bucket))
    }
}

/// The request for one page.
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
