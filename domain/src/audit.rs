//! One event of the audit trail, and the filter for listings of events. The filter selects the same
//! events in memory as in the database.

use chrono::{DateTime, Utc};
pub use sail_cargo_protocol::Outcome;

/// One request to Cargo and its outcome.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditEvent {
    /// Unique; ordered by time within one server.
    pub id: String,
    /// The id of the project that the request addressed, if any.
    pub project: Option<String>,
    /// The time of the decision. For an event that counts several requests: that of the last one.
    pub at: DateTime<Utc>,
    /// The id of the request. For an event that counts several requests: that of the first one.
    pub request_id: String,
    /// The id that the client gave the request.
    pub caller_request_id: Option<String>,
    /// The client's network address.
    pub address: Option<String>,
    /// The client's user agent.
    pub agent: Option<String>,
    /// The caller, as [`Caller`](super::Caller) prints itself.
    pub actor: String,
    /// The id of the API key in use, if an application asks on behalf of a user.
    pub via_key: Option<String>,
    /// The requested action: an S3 operation, or a change such as `grant.put`.
    pub action: String,
    /// The bucket, if the action has one.
    pub bucket: Option<String>,
    /// The object key, prefix, subject or store; for a failed authentication, the credential that
    /// was presented.
    pub key: Option<String>,
    /// Whether the request was allowed.
    pub outcome: Outcome,
    /// `ok`, or the code of the refusal.
    pub reason: String,
    /// The sentence that belongs to `reason`.
    pub detail: String,
    /// The revision of the project's grants that the decision used.
    pub revision: Option<i64>,
    /// The number of requests that the event counts, if it may count several.
    pub count: Option<u64>,
    /// The time of the first request, if the event counts several.
    pub first_at: Option<DateTime<Utc>>,
}

/// The filter, start and length of a listing of events.
#[derive(Debug, Clone, Default)]
pub struct AuditFilter {
    /// Events of this actor.
    pub actor: Option<String>,
    /// Events on this bucket.
    pub bucket: Option<String>,
    /// Events of this action.
    pub action: Option<String>,
    /// Events of the request with this id.
    pub request_id: Option<String>,
    /// Events of requests to which the client gave this id.
    pub caller_request_id: Option<String>,
    /// Events with this outcome.
    pub outcome: Option<Outcome>,
    /// Events at or after this instant.
    pub since: Option<DateTime<Utc>>,
    /// Events before this instant.
    pub until: Option<DateTime<Utc>>,
    /// Where the listing begins, and its direction.
    pub place: AuditPlace,
    /// The maximum number of events.
    pub limit: usize,
}

/// Where a listing of events begins.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum AuditPlace {
    /// At the newest event; newest first.
    #[default]
    Newest,
    /// At the first event that is older than this id; newest first.
    Before(String),
    /// At the first event that is newer than this id; oldest first.
    After(String),
}

impl AuditFilter {
    /// Whether the filter selects `event`, regardless of where the listing begins. Compares
    /// instants by the microsecond, the precision of the database.
    pub fn lets_through(&self, event: &AuditEvent) -> bool {
        let is = |wanted: &Option<String>, there: Option<&str>| {
            wanted.as_deref().is_none_or(|wanted| there == Some(wanted))
        };
        let at = event.at.timestamp_micros();
        is(&self.actor, Some(&event.actor))
            && is(&self.bucket, event.bucket.as_deref())
            && is(&self.action, Some(&event.action))
            && is(&self.request_id, Some(&event.request_id))
            && is(&self.caller_request_id, event.caller_request_id.as_deref())
            && self.outcome.is_none_or(|outcome| outcome == event.outcome)
            && self.since.is_none_or(|since| at >= since.timestamp_micros())
            && self.until.is_none_or(|until| at < until.timestamp_micros())
    }
}
