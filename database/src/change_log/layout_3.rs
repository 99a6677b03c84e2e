//! The layouts from 3 on: records of the log's own. The newest of them is written.

use serde::{Deserialize, Serialize};

use super::access_key::AccessKeyRecord;
use super::api_key::ApiKeyRecord;
use super::bucket::BucketRecord;
use super::grant::GrantRecord;
use super::group::GroupRecord;
use super::member::MemberRecord;
use super::project::ProjectRecord;
use super::row::LoggedRow;
use super::sessions_end::SessionsEndRecord;
use crate::error::DatabaseError;

/// The layout that is written: that of the record which changed last.
pub(crate) const LAYOUT: u8 = newest([
    AccessKeyRecord::LAYOUT,
    ApiKeyRecord::LAYOUT,
    BucketRecord::LAYOUT,
    GrantRecord::LAYOUT,
    GroupRecord::LAYOUT,
    MemberRecord::LAYOUT,
    ProjectRecord::LAYOUT,
    SessionsEndRecord::LAYOUT,
]);

const fn newest(layouts: [u8; 8]) -> u8 {
    let (mut newest, mut index) = (3, 0);
    while index < layouts.len() {
        if layouts[index] > newest {
            newest = layouts[index];
        }
        index += 1;
    }
    newest
}

/// The bytes that are stored and hashed: everything that must not change unnoticed.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Body {
    /// The layout that is written: [`LAYOUT`].
    pub(crate) v: u8,
    /// Its place in the order of all changes of the project.
    pub(crate) revision: i64,
    /// When, in microseconds since the epoch.
    pub(crate) at: i64,
    /// Who.
    pub(crate) actor: String,
    /// The API key in use, where the actor is a user.
    pub(crate) via_key: Option<String>,
    /// The request that made it.
    pub(crate) request_id: String,
    /// Such as `grant.put`.
    pub(crate) kind: String,
    /// The bucket, where there is one.
    pub(crate) bucket: Option<String>,
    /// A key, prefix or subject.
    pub(crate) object: Option<String>,
    /// Every row it touched, as it was and as it is.
    pub(crate) rows: Vec<LoggedRow>,
}

impl Body {
    /// As bytes.
    pub(crate) fn write(&self) -> Result<Vec<u8>, DatabaseError> {
        serde_json::to_vec(self).map_err(DatabaseError::corrupt)
    }
}

/// See [`super::rows`].
pub(crate) fn rows(body: &[u8]) -> Result<Vec<LoggedRow>, DatabaseError> {
    let body: Body = serde_json::from_slice(body).map_err(DatabaseError::corrupt)?;
    Ok(body.rows)
}
