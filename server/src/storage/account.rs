//! The buckets of a whole account, page by page.

use std::collections::BTreeMap;

use super::error::StorageError;
use super::line::Line;
use super::pen::{Declared, Draft, Pen};
use super::said::{Page, Rest};
use crate::domain::s3::Endpoint;

/// Buckets on one page, as far as the storage knows pages (AWS, "ListBuckets", `MaxBuckets`).
const PAGE: usize = 1000;
/// Pages that are read at most.
const PAGES: usize = 100;

/// The account's own list, all of it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Account {
    /// Whose it is.
    pub(super) owner: Option<String>,
    /// By name, with when each was created, in the storage's own words.
    pub(super) buckets: BTreeMap<String, String>,
}

impl Account {
    /// Asks for all buckets, or for those whose names begin with `prefix` where the storage can
    /// tell. None where it does not give a list, or not all of it: then nothing is known.
    ///
    /// # Errors
    /// The storage does not answer.
    pub(crate) async fn list(
        line: &Line,
        pen: &Pen,
        prefix: &str,
    ) -> Result<Option<Self>, StorageError> {
        let mut account = Self::default();
        let mut token = None;
        for _ in 0..PAGES {
            let draft = page(&pen.endpoint, prefix, token.as_deref());
            let Some(page) = Page::read(&line.send(&pen.sign(draft)?).await?) else { break };
            account.owner = account.owner.or(page.owner);
            account.buckets.extend(page.buckets);
            match page.rest {
                Rest::Nothing => return Ok(Some(account)),
                Rest::Behind(next) => token = Some(next),
                Rest::Lost => break,
            }
        }
        Ok(None)
    }

    /// Whether a bucket is the account's.
    pub(crate) fn holds(&self, bucket: &str) -> bool {
        self.buckets.contains_key(bucket)
    }
}

/// A request for one page.
pub(super) fn page(endpoint: &Endpoint, prefix: &str, token: Option<&str>) -> Draft {
    let field = |name: &str, value: &str| match value {
        "" => String::new(),
        value => format!("&{name}={}", encode(value)),
    };
    let (prefix, token) = (field("prefix", prefix), token.unwrap_or_default());
    let token = field("continuation-token", token);
    let url = format!("{}/?max-buckets={PAGE}{prefix}{token}", endpoint.url());
    Draft { method: "GET", url, headers: Vec::new(), payload: Declared::Unsigned, body: Vec::new() }
}

/// A value for a query.
pub(crate) fn encode(value: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    value
        .bytes()
        .map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") })
        .collect()
}
