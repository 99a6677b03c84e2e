//! What a body of every layout says beside its rows, which columns of the change repeat.

use serde::Deserialize;

use super::layout_3::LAYOUT;
use super::reader::Version;
use crate::error::DatabaseError;

/// Which change it is: when, by whom, and of what kind.
#[derive(Debug, Deserialize)]
pub(crate) struct Stamp {
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
}

impl Stamp {
    /// Reads the stamp of a body.
    ///
    /// # Errors
    /// [`DatabaseError::NewerHistory`] if a newer version wrote the body;
    /// [`DatabaseError::Corrupt`] if the body is damaged.
    pub(crate) fn of(body: &[u8]) -> Result<Self, DatabaseError> {
        let Version { v } = serde_json::from_slice(body).map_err(DatabaseError::corrupt)?;
        match v {
            0 => Err(DatabaseError::corrupt("the change log has no layout 0")),
            known if known <= u64::from(LAYOUT) => {
                serde_json::from_slice(body).map_err(DatabaseError::corrupt)
            }
            newer => Err(DatabaseError::NewerHistory(newer)),
        }
    }
}

/// The kind of an actor: the word before the colon of its text.
pub(crate) fn actor_kind(actor: &str) -> &str {
    actor.split(':').next().unwrap_or_default()
}
