//! The layout that is written: records of the log's own.

use serde::{Deserialize, Serialize};

use super::LoggedRow;
use crate::store::error::StoreError;

/// The bytes that are stored and hashed: everything that must not change unnoticed.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::store) struct Body {
    /// The layout that is written: [`super::LAYOUT`].
    pub(in crate::store) v: u8,
    /// Its place in the order of all changes of the project.
    pub(in crate::store) revision: i64,
    /// When, in microseconds since the epoch.
    pub(in crate::store) at: i64,
    /// Who.
    pub(in crate::store) actor: String,
    /// The API key in use, where the actor is a user.
    pub(in crate::store) via_key: Option<String>,
    /// The request that made it.
    pub(in crate::store) request_id: String,
    /// Such as `grant.put`.
    pub(in crate::store) kind: String,
    /// The bucket, where there is one.
    pub(in crate::store) bucket: Option<String>,
    /// A key, prefix or subject.
    pub(in crate::store) object: Option<String>,
    /// Every row it touched, as it was and as it is.
    pub(in crate::store) rows: Vec<LoggedRow>,
}

impl Body {
    /// As bytes.
    pub(in crate::store) fn write(&self) -> Result<Vec<u8>, StoreError> {
        serde_json::to_vec(self).map_err(StoreError::corrupt)
    }
}

/// See [`super::rows`].
pub(super) fn rows(body: &[u8]) -> Result<Vec<LoggedRow>, StoreError> {
    let body: Body = serde_json::from_slice(body).map_err(StoreError::corrupt)?;
    Ok(body.rows)
}
