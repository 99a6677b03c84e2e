//! Layouts from 3 on: records in the change log's own format. The newest of them is written.

use serde::{Deserialize, Serialize};

use super::access_key::AccessKeyRecord;
use super::account::AccountRecord;
use super::api_key::ApiKeyRecord;
use super::bucket::BucketRecord;
use super::grant::GrantRecord;
use super::group::GroupRecord;
use super::member::MemberRecord;
use super::permissions::PermissionWords;
use super::project::ProjectRecord;
use super::row::LoggedRow;
use super::sessions_end::SessionsEndRecord;
use crate::error::DatabaseError;

/// The layout that is written: the newest layout that any record needs.
pub(crate) const LAYOUT: u8 = newest([
    AccessKeyRecord::LAYOUT,
    AccountRecord::LAYOUT,
    ApiKeyRecord::LAYOUT,
    BucketRecord::LAYOUT,
    GrantRecord::LAYOUT,
    GroupRecord::LAYOUT,
    MemberRecord::LAYOUT,
    PermissionWords::LAYOUT,
    ProjectRecord::LAYOUT,
    SessionsEndRecord::LAYOUT,
]);

const fn newest(layouts: [u8; 10]) -> u8 {
    let (mut newest, mut index) = (3, 0);
    while index < layouts.len() {
        if layouts[index] > newest {
            newest = layouts[index];
        }
        index += 1;
    }
    newest
}

/// The body of a change: the bytes that are stored and hashed. It holds everything that must not
/// change unnoticed.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Body {
    /// The layout of this body: [`LAYOUT`].
    pub(crate) v: u8,
    /// The position of the change in the project's order of changes.
    pub(crate) revision: i64,
    /// When the change was made, in microseconds since the epoch.
    pub(crate) at: i64,
    /// Who made the change.
    pub(crate) actor: String,
    /// The API key in use, if the actor is a user for whom an application acts.
    pub(crate) via_key: Option<String>,
    /// The id of the request that made the change.
    pub(crate) request_id: String,
    /// The kind of the change, such as `grant.put`.
    pub(crate) kind: String,
    /// The bucket that the change is about, if any.
    pub(crate) bucket: Option<String>,
    /// The object of the change, if any: a key, a prefix or a subject.
    pub(crate) object: Option<String>,
    /// Every row that the change touched, before and after.
    pub(crate) rows: Vec<LoggedRow>,
}

impl Body {
    /// Serializes the body to JSON.
    pub(crate) fn write(&self) -> Result<Vec<u8>, DatabaseError> {
        serde_json::to_vec(self).map_err(DatabaseError::corrupt)
    }
}

/// The rows of a body of layout 3 or later.
///
/// # Errors
/// [`DatabaseError::Corrupt`] if the body does not parse.
pub(crate) fn rows(body: &[u8]) -> Result<Vec<LoggedRow>, DatabaseError> {
    let body: Body = serde_json::from_slice(body).map_err(DatabaseError::corrupt)?;
    Ok(body.rows)
}
