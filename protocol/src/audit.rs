//! The audit trail.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// How a request for a signature, or a change of grants, ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Done, or signed.
    Allow,
    /// Understood, and refused.
    Deny,
    /// Not understood, and refused.
    Malformed,
}

/// Which part of the audit trail to answer with. Newest first.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::IntoParams), into_params(parameter_in = Query))]
#[serde(deny_unknown_fields)]
pub struct AuditQuery {
    /// Only what this actor did, such as `user:ada` or `key:8fK2mQ0ZtYb1`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub actor: Option<String>,
    /// Only what was done to this bucket.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bucket: Option<String>,
    /// Only this action, such as `s3:PutObject` or `grant.put`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub action: Option<String>,
    /// Only events of this request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
    /// Only events of requests that came with this `X-Request-Id`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub caller_request_id: Option<String>,
    /// Only events that ended so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outcome: Option<Outcome>,
    /// Only events at or after this instant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<DateTime<Utc>>,
    /// Only events before this instant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<DateTime<Utc>>,
    /// How many items at most, 1 to 1000; 100 when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub page_size: Option<u32>,
    /// Where the page before ended, as its `next_page_token` said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub page_token: Option<String>,
}

/// One thing that was asked of Cargo, and how it ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AuditEvent {
    /// Unique; ordered by time within one server.
    pub id: String,
    /// The id of the project it was asked in; none where there was none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub project: Option<String>,
    /// When it was decided; the last time, where it stands for several.
    pub at: DateTime<Utc>,
    /// The request it belongs to; the first, where it stands for several. What those do not have in
    /// common is left out then.
    pub request_id: String,
    /// The `X-Request-Id` that the request came with, where it was a plain one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub caller_request_id: Option<String>,
    /// From which address it was asked: that of the connection, or what a trusted proxy says of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    /// With what, as its `User-Agent` says: at most 256 bytes, controls escaped.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent: Option<String>,
    /// Who asked: `user:…`, `key:…`, `operator` or `operator:…`; `nobody` who did not prove who
    /// they are; `many`, where it stands for several of several actors.
    pub actor: String,
    /// The API key in use, where the actor is a user an application asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub via_key: Option<String>,
    /// What was asked: an S3 operation such as `s3:PutObject`, a change such as `grant.put`, or
    /// `authenticate`, where that failed; `many`, where it stands for several of several kinds.
    pub action: String,
    /// The bucket, where there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bucket: Option<String>,
    /// The object key or prefix, the subject, the store, or what was shown to authenticate, where
    /// there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// How it ended.
    pub outcome: Outcome,
    /// `ok`, or the code of the refusal.
    pub reason: String,
    /// The sentence that went with it.
    pub detail: String,
    /// The revision of the project's grants it was decided at.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub revision: Option<i64>,
    /// How many it stands for, where that may be several: failures to authenticate of one minute, and
    /// refusals of one reason beyond a rate.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub count: Option<u64>,
    /// When the first of them was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_at: Option<DateTime<Utc>>,
}

/// Which audit events to remove: `POST /v1/audit-events/prune`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct PruneAudit {
    /// Those that happened before this instant, which is over.
    pub before: DateTime<Utc>,
    /// Count them, and remove none.
    #[serde(default, skip_serializing_if = "crate::omit::is_false")]
    pub dry_run: bool,
    /// Begin here: `next` of the answer before. Only where events of all projects are removed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
}

/// What became of [`PruneAudit`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PrunedAudit {
    /// How many events were removed, or would be.
    pub events: u64,
    /// There are more, or may be: the server takes some seconds for each request. Ask again; what is
    /// only counted is at least so many.
    #[serde(default)]
    pub more: bool,
    /// Where to begin then; without one, at the beginning.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}
