//! Listings: how many, and from where.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sail_cargo_protocol::{Page, PageQuery};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::error::ApiError;

const DEFAULT: u32 = 100;
const MAX: u32 = 1000;

/// Where a page starts and how long it is.
pub(super) struct Window<T> {
    pub(super) limit: usize,
    pub(super) after: Option<T>,
}

impl<T: Serialize + DeserializeOwned> Window<T> {
    /// Reads a query: `page_size` of 0 or beyond 1000 is an error, never another size.
    pub(super) fn read(query: &PageQuery) -> Result<Self, ApiError> {
        let limit = query.page_size.unwrap_or(DEFAULT);
        if !(1..=MAX).contains(&limit) {
            return Err(ApiError::field("page_size", "1 to 1000"));
        }
        let after = query.page_token.as_deref().map(decode).transpose()?;
        Ok(Self { limit: limit as usize, after })
    }

    /// Makes a page of `items`, of which there is one more than fits when there are more pages.
    pub(super) fn page<I>(&self, mut items: Vec<I>, key: impl Fn(&I) -> T) -> Page<I> {
        let more = items.len() > self.limit;
        items.truncate(self.limit);
        let next_page_token = items.last().filter(|_| more).map(|last| encode(&key(last)));
        Page { items, next_page_token }
    }
}

fn encode(key: &impl Serialize) -> String {
    URL_SAFE_NO_PAD.encode(serde_json::to_vec(key).unwrap_or_default())
}

fn decode<T: DeserializeOwned>(token: &str) -> Result<T, ApiError> {
    URL_SAFE_NO_PAD
        .decode(token)
        .ok()
        .filter(|json| !String::from_utf8_lossy(json).contains("\\u"))
        .and_then(|bytes| serde_json::from_slice(&bytes).ok())
        .ok_or_else(|| ApiError::field("page_token", "not a token of this listing"))
}

/// A listing that is always complete.
pub(super) fn whole<I>(items: Vec<I>) -> Page<I> {
    Page { items, next_page_token: None }
}
