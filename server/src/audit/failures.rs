//! Failures to authenticate, as whoever counts them says it.

use chrono::{DateTime, Utc};
use sail_cargo_database::tables::audit_events::Text;

use crate::domain::{KeyId, Origin, ProjectId};

/// Failures to authenticate that were alike, within a minute.
#[derive(Debug, Clone)]
pub struct Failures {
    /// Whose trail they belong to: the project of a key that is known; none, where none is.
    pub project: Option<ProjectId>,
    /// What was shown, never so much that it opens anything: `key:8fK2mQ0ZtYb1`, `token`.
    pub shown: String,
    /// The good key that came with it.
    pub via_key: Option<KeyId>,
    /// The code of what was wrong with it.
    pub reason: &'static str,
    /// The sentence that goes with it.
    pub detail: Text,
    /// Where the first came from.
    pub origin: Origin,
    /// The request of the first.
    pub request_id: String,
    /// How many they are.
    pub count: u64,
    /// When the first was.
    pub first: DateTime<Utc>,
    /// When the last was.
    pub last: DateTime<Utc>,
}
