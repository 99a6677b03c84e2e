//! Failures to authenticate, as the code that counts them reports them.

use chrono::{DateTime, Utc};
use sail_cargo_database::tables::audit_events::Text;

use crate::domain::{KeyId, Origin, ProjectId};

/// Equal failures to authenticate within one minute.
#[derive(Debug, Clone)]
pub struct Failures {
    /// The project of the presented key, if the key is known; otherwise `None`, for the operators'
    /// trail.
    pub project: Option<ProjectId>,
    /// What was presented, such as `key:8fK2mQ0ZtYb1` or `token`. It never contains a secret.
    pub shown: String,
    /// The valid key that was presented with it.
    pub via_key: Option<KeyId>,
    /// The code of the refusal.
    pub reason: &'static str,
    /// The sentence that explains the refusal.
    pub detail: Text,
    /// The origin of the first failure.
    pub origin: Origin,
    /// The request id of the first failure.
    pub request_id: String,
    /// The number of failures.
    pub count: u64,
    /// When the first failure happened.
    pub first: DateTime<Utc>,
    /// When the last failure happened.
    pub last: DateTime<Utc>,
}
