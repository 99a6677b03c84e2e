//! A line of the second version: JSON with the names of the fields.

use std::borrow::Cow;

use sail_cargo_database::tables::audit_events::NewEventRow;
use sail_cargo_database::tables::shared_text::SharedText;
use serde::Deserialize;

/// An event in the format of that version. It is frozen.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Line2<'a> {
    /// [`line`](super::line) has read it.
    #[serde(rename = "v")]
    _v: u8,
    id: Cow<'a, str>,
    project_id: Option<Cow<'a, str>>,
    at: i64,
    request_id: Cow<'a, str>,
    actor: Cow<'a, str>,
    via_key: Option<Cow<'a, str>>,
    action: Cow<'a, str>,
    bucket: Option<Cow<'a, str>>,
    object_key: Option<Cow<'a, str>>,
    outcome: Cow<'a, str>,
    reason: Cow<'a, str>,
    detail: Cow<'a, str>,
    revision: Option<i64>,
    method: Option<Cow<'a, str>>,
    payload: Option<Cow<'a, str>>,
    access_key_id: Option<Cow<'a, str>>,
    for_operators: bool,
    address: Option<Cow<'a, str>>,
    agent: Option<Cow<'a, str>>,
    caller_request_id: Option<Cow<'a, str>>,
    #[serde(default)]
    count: Option<i64>,
    #[serde(default)]
    first_at: Option<i64>,
}

impl From<Line2<'_>> for NewEventRow {
    fn from(line: Line2<'_>) -> Self {
        Self {
            id: line.id.into_owned(),
            project_id: owned(line.project_id),
            at: line.at,
            request_id: line.request_id.into_owned(),
            actor: line.actor.into_owned().into(),
            via_key: owned(line.via_key),
            action: line.action.into_owned().into(),
            bucket: owned(line.bucket),
            object_key: owned(line.object_key),
            outcome: line.outcome.into_owned().into(),
            reason: line.reason.into_owned().into(),
            detail: line.detail.into_owned().into(),
            revision: line.revision,
            method: owned(line.method).map(Into::into),
            payload: owned(line.payload).map(Into::into),
            access_key_id: owned(line.access_key_id),
            for_operators: line.for_operators,
            address: owned(line.address),
            agent: owned(line.agent).map(SharedText::from),
            caller_request_id: owned(line.caller_request_id).map(SharedText::from),
            count: line.count,
            first_at: line.first_at,
        }
    }
}

fn owned(text: Option<Cow<'_, str>>) -> Option<String> {
    text.map(Cow::into_owned)
}
