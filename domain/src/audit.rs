//! One entry of the audit trail, and which of them to list: the same in memory as in the database.

use chrono::{DateTime, Utc};
pub use sail_cargo_protocol::Outcome;

/// One thing that was asked of Cargo, and how it ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditEvent {
    /// Unique; ordered by time within one server.
    pub id: String,
    /// The id of the project it was asked in; none where there was none.
    pub project: Option<String>,
    /// When it was decided; the last time, where it stands for several.
    pub at: DateTime<Utc>,
    /// The request it belongs to; the first, where it stands for several.
    pub request_id: String,
    /// The id that the client gave the request.
    pub caller_request_id: Option<String>,
    /// From which address it was asked.
    pub address: Option<String>,
    /// What the client calls itself.
    pub agent: Option<String>,
    /// Who asked.
    pub actor: String,
    /// The API key in use, where the actor is a user an application asked for.
    pub via_key: Option<String>,
    /// What was asked: an S3 operation, or a change such as `grant.put`.
    pub action: String,
    /// The bucket, where there is one.
    pub bucket: Option<String>,
    /// The object key, prefix, subject or store, or what was shown to authenticate.
    pub key: Option<String>,
    /// How it ended.
    pub outcome: Outcome,
    /// `ok`, or the code of the refusal.
    pub reason: String,
    /// The sentence that went with it.
    pub detail: String,
    /// The revision of the project's grants it was decided at.
    pub revision: Option<i64>,
    /// How many it stands for, where that may be several.
    pub count: Option<u64>,
    /// When the first of them was.
    pub first_at: Option<DateTime<Utc>>,
}

/// Which events to list, newest first.
#[derive(Debug, Clone, Default)]
pub struct AuditFilter {
    /// By this actor.
    pub actor: Option<String>,
    /// On this bucket.
    pub bucket: Option<String>,
    /// Of this action.
    pub action: Option<String>,
    /// Of this request.
    pub request_id: Option<String>,
    /// Of requests that their callers called so.
    pub caller_request_id: Option<String>,
    /// That ended so.
    pub outcome: Option<Outcome>,
    /// At or after this instant.
    pub since: Option<DateTime<Utc>>,
    /// Before this instant.
    pub until: Option<DateTime<Utc>>,
    /// Where to begin, and in which direction.
    pub place: AuditPlace,
    /// How many at most.
    pub limit: usize,
}

/// Where a listing of events begins.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum AuditPlace {
    /// With the newest; newest first.
    #[default]
    Newest,
    /// With the first that is older than this one; newest first.
    Before(String),
    /// With the first that is newer than this one; oldest first.
    After(String),
}

impl AuditFilter {
    /// Whether the database would list `event`, wherever the listing begins. Instants are compared
    /// by the microsecond, as they are stored.
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
