//! Pagination of listings.

use chrono::{DateTime, Utc};
use sail_cargo_protocol::{Page, PageQuery};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::answer::ApiResponse;
use super::error::ApiError;
use super::seal::Seal;
use crate::domain::{At, ProjectId, Revision, limits};
use crate::service::{Listed, Listing};
use sail_cargo_database::history::When;

/// The start and the length of a page.
pub(super) struct Window<T> {
    seal: Seal,
    pub(super) limit: usize,
    pub(super) after: Option<T>,
}

impl<T: Serialize + DeserializeOwned> Window<T> {
    /// Reads a query. A `page_size` of 0 or above 1000 is an error, not replaced by another size.
    pub(super) fn read(seal: Seal, query: &PageQuery) -> Result<Self, ApiError> {
        let after = query.page_token.as_deref().map(|token| seal.open(token)).transpose()?;
        Ok(Self { limit: limit(query.page_size)?, after, seal })
    }

    /// The token of the page after the item with this key.
    pub(super) fn token(&self, key: &T) -> String {
        self.seal.close(key)
    }

    /// Makes a page of `items`. If there are more pages, `items` has one item more than the page.
    pub(super) fn page<I>(&self, mut items: Vec<I>, key: impl Fn(&I) -> T) -> Page<I> {
        let more = items.len() > self.limit;
        items.truncate(self.limit);
        let next_page_token = items.last().filter(|_| more).map(|last| self.seal.close(&key(last)));
        Page { items, next_page_token, revision: None }
    }
}

/// A page of a listing whose pages all show the revision of the first page.
pub(super) struct Pinned<T> {
    seal: Seal,
    pub(super) limit: usize,
    pub(super) after: Option<T>,
    /// The state of the project to list.
    pub(super) when: When,
    /// The time at which listed grants must be valid.
    pub(super) now: DateTime<Utc>,
}

/// The content of a page token of a pinned listing.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Cursor<T> {
    after: T,
    revision: String,
    now: i64,
}

impl<T: Serialize + DeserializeOwned> Pinned<T> {
    /// Reads a query that was sent `now` and asks for the current state, or for the state `at` a
    /// time.
    pub(super) fn read(
        seal: Seal,
        page_size: Option<u32>,
        page_token: Option<&str>,
        at: Option<DateTime<Utc>>,
        now: DateTime<Utc>,
    ) -> Result<Self, ApiError> {
        let limit = limit(page_size)?;
        if at.is_some_and(|at| at > now) {
            return Err(ApiError::field("at", "must not be in the future"));
        }
        let Some(token) = page_token else {
            let when = at.map_or(When::Now, When::Instant);
            return Ok(Self { seal, limit, after: None, when, now: at.unwrap_or(now) });
        };
        let cursor: Cursor<T> = seal.open(token)?;
        // A sealed token has only content that this server wrote.
        let revision = Revision::parse(&cursor.revision).map_err(|_| ApiError::Internal)?;
        let now = DateTime::from_timestamp_micros(cursor.now).ok_or(ApiError::Internal)?;
        Ok(Self { seal, limit, after: Some(cursor.after), when: When::Revision(revision), now })
    }

    /// Makes a page of a part of the listing.
    pub(super) fn page<I, O>(
        &self,
        listed: At<Listed<I>>,
        key: impl Fn(&I) -> T,
        wire: impl Fn(&I) -> O,
    ) -> ApiResponse<Page<O>> {
        let At { value: (items, more), revision } = listed;
        let next = items.last().filter(|_| more).map(|last| {
            let revision = revision.to_string();
            let now = self.now.timestamp_micros();
            self.seal.close(&Cursor { after: key(last), revision, now })
        });
        let page = Page {
            items: items.iter().map(wire).collect(),
            next_page_token: next,
            revision: Some(revision.to_string()),
        };
        ApiResponse::at(revision, page)
    }
}

impl Pinned<String> {
    /// The part of the listing that the query asks for.
    pub(super) fn listing(&self, project: ProjectId) -> Listing {
        let after = self.after.clone().unwrap_or_default();
        Listing { project, when: self.when, after, limit: self.limit }
    }
}

fn limit(page_size: Option<u32>) -> Result<usize, ApiError> {
    let limit = page_size.unwrap_or(limits::DEFAULT_PAGE);
    if !(1..=limits::MAX_PAGE).contains(&limit) {
        return Err(ApiError::field("page_size", "1 to 1000"));
    }
    Ok(limit as usize)
}

/// A complete listing on one page.
pub(super) fn whole<I>(items: Vec<I>) -> Page<I> {
    Page { items, next_page_token: None, revision: None }
}

/// A complete listing of a project on one page, with the project's revision.
pub(super) fn whole_at<I>(At { value, revision }: At<Vec<I>>) -> ApiResponse<Page<I>> {
    let page = Page { items: value, next_page_token: None, revision: Some(revision.to_string()) };
    ApiResponse::at(revision, page)
}
