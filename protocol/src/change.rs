//! The change feed: all changes of a project, in the order of their revisions.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// `GET /v1/changes`: which part of the feed to answer with.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::IntoParams), into_params(parameter_in = Query))]
#[serde(deny_unknown_fields)]
pub struct ChangesQuery {
    /// Only changes behind this revision; from the first one when absent. An event stream takes
    /// it from `Last-Event-ID` as well.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<i64>,
    /// How many seconds to wait when there is none yet, at most 30; 0 when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wait: Option<u32>,
    /// How many changes at most, 1 to 1000; 100 when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub page_size: Option<u32>,
}

/// A part of the change feed. Complete and dense: the revision of each change is that of the one
/// before it and one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Changes {
    /// Oldest first; empty when there was none in time.
    pub items: Vec<Change>,
    /// The `after` that continues behind these.
    pub next: i64,
    /// Whether there is more already.
    pub more: bool,
    /// The revision it was read at. Opaque.
    pub revision: String,
}

/// One mutation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Change {
    /// Its place in the order of all mutations of the project, from 1.
    pub revision: i64,
    /// When.
    pub at: DateTime<Utc>,
    /// Who: `user:…`, `key:…`, `operator` or `operator:…`.
    pub actor: String,
    /// The API key in use, where the actor is a user an application asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub via_key: Option<String>,
    /// The request that made it.
    pub request_id: String,
    /// What was done, such as `grant.put`.
    pub kind: String,
    /// Every row it touched.
    pub rows: Vec<RowChange>,
    /// SHA-256 of the hash of the change before and of what is stored of this one, in hex: a chain, which
    /// `GET /v1/changes/chain` verifies.
    pub hash: String,
}

/// One row before and after a mutation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RowChange {
    /// What kind of thing: `grant`, `bucket`, `member`, `api_key`, `access_key`, `sessions_end`,
    /// `account`, `group` or `project`.
    pub row: String,
    /// As it was; absent when it is new.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<serde_json::Value>,
    /// As it is; absent when it is gone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<serde_json::Value>,
}
