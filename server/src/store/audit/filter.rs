//! Which events to list, or to tell: the same in memory as in the database.

use chrono::{DateTime, Utc};
use sail_cargo_protocol::{AuditEvent, Outcome};

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
