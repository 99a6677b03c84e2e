//! A line of the first version, which has no version field.

use sail_cargo_database::tables::audit_events::NewEventRow;
use sail_cargo_database::tables::shared_text::SharedText;
use serde::Deserialize;

/// An event in the format from before lines had a version. It is frozen.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Line1 {
    id: String,
    project_id: Option<String>,
    at: i64,
    request_id: String,
    actor: String,
    via_key: Option<String>,
    action: String,
    bucket: Option<String>,
    object_key: Option<String>,
    outcome: String,
    reason: String,
    detail: String,
    revision: Option<i64>,
    method: Option<String>,
    payload: Option<String>,
    access_key_id: Option<String>,
    // Absent in lines from before operators had a trail of their own.
    #[serde(default)]
    for_operators: bool,
    #[serde(default)]
    address: Option<String>,
    #[serde(default)]
    agent: Option<String>,
    #[serde(default)]
    caller_request_id: Option<String>,
    #[serde(default)]
    count: Option<i64>,
    #[serde(default)]
    first_at: Option<i64>,
}

impl From<Line1> for NewEventRow {
    fn from(line: Line1) -> Self {
        Self {
            id: line.id,
            project_id: line.project_id,
            at: line.at,
            request_id: line.request_id,
            via_key: line.via_key,
            action: line.action.into(),
            bucket: line.bucket,
            object_key: line.object_key,
            outcome: line.outcome.into(),
            reason: line.reason.into(),
            detail: line.detail.into(),
            revision: line.revision,
            method: line.method.map(Into::into),
            payload: line.payload.map(Into::into),
            access_key_id: line.access_key_id,
            // The single operator of that time had no name, and the lines did not say which trail
            // they belong to.
            for_operators: line.for_operators || line.actor == "operator",
            actor: line.actor.into(),
            address: line.address,
            agent: line.agent.map(SharedText::from),
            caller_request_id: line.caller_request_id.map(SharedText::from),
            count: line.count,
            first_at: line.first_at,
        }
    }
}
