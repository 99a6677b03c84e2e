//! Makes rows out of verdicts, operators' acts and failures. The spool has a format of its own.

use chrono::{DateTime, Utc};
use sail_cargo_database::DatabaseError;
use sail_cargo_database::tables::audit_events::{
    NewEventRow, Text, Trail, outcome_word, parse_outcome,
};
use sail_cargo_database::tables::shared_text::SharedText;

use super::decision::Decision;
use super::failures::Failures;
use super::operator_act::OperatorAct;
use crate::domain::{Caller, Context, Origin, Outcome, ProjectId, limits};

/// The actor of a request without valid credentials.
const NOBODY: &str = "nobody";

/// The actor or action of an event that stands for several different ones.
const MANY: &str = "many";

/// The action of a failed authentication.
const AUTHENTICATE: &str = "authenticate";

/// The row of a verdict.
pub(super) fn of_decision(context: &Context, decision: Decision) -> NewEventRow {
    let (method, payload, access_key_id) = match decision.request {
        Some(request) => (Some(request.method), request.payload, request.access_key_id),
        None => (None, None, None),
    };
    NewEventRow {
        project_id: Some(decision.project.as_str().to_owned()),
        bucket: decision.bucket.map(cut),
        object_key: decision.object.map(cut),
        revision: decision.revision,
        method: method.map(cut_theirs),
        payload: payload.map(cut_theirs),
        access_key_id,
        outcome: outcome_word(decision.outcome).into(),
        reason: decision.reason.into(),
        detail: cut_theirs(decision.detail),
        ..of(context, decision.action)
    }
}

/// The row of an operator's act outside of projects.
pub(super) fn of_act(context: &Context, act: OperatorAct) -> NewEventRow {
    NewEventRow {
        for_operators: true,
        object_key: act.object.map(cut),
        outcome: outcome_word(act.outcome).into(),
        reason: act.reason.into(),
        detail: cut(act.detail).into(),
        ..of(context, act.action)
    }
}

/// The row of some failures to authenticate.
pub(super) fn of_failures(failures: Failures) -> NewEventRow {
    NewEventRow {
        for_operators: failures.project.is_none(),
        project_id: failures.project.map(|project| project.to_string()),
        via_key: failures.via_key.map(|key| key.to_string()),
        object_key: Some(failures.shown),
        count: Some(i64::try_from(failures.count).unwrap_or(i64::MAX)),
        first_at: Some(failures.first.timestamp_micros()),
        outcome: outcome_word(Outcome::Deny).into(),
        reason: failures.reason.into(),
        detail: failures.detail,
        actor: NOBODY.into(),
        action: AUTHENTICATE.into(),
        ..blank(failures.last, failures.request_id, failures.origin)
    }
}

/// Merges `other` into `event`, which stands for both then. Fields that differ are erased. The
/// request id and the detail stay those of the first.
pub(super) fn blur(event: &mut NewEventRow, other: &NewEventRow) {
    let shared = |mine: &mut Text, other: &Text| {
        if mine != other {
            *mine = MANY.into();
        }
    };
    shared(&mut event.actor, &other.actor);
    shared(&mut event.action, &other.action);
    keep(&mut event.via_key, other.via_key.as_ref());
    keep(&mut event.bucket, other.bucket.as_ref());
    keep(&mut event.object_key, other.object_key.as_ref());
    keep(&mut event.revision, other.revision.as_ref());
    keep(&mut event.method, other.method.as_ref());
    keep(&mut event.payload, other.payload.as_ref());
    keep(&mut event.address, other.address.as_ref());
    keep(&mut event.agent, other.agent.as_ref());
    keep(&mut event.caller_request_id, other.caller_request_id.as_ref());
    event.for_operators &= other.for_operators;
}

/// A new row that stands for `count` events like `event`.
pub(super) fn standing_for(
    event: &NewEventRow,
    count: u64,
    first: DateTime<Utc>,
    last: DateTime<Utc>,
) -> NewEventRow {
    NewEventRow {
        id: new_id(),
        at: last.timestamp_micros(),
        count: Some(i64::try_from(count).unwrap_or(i64::MAX)),
        first_at: Some(first.timestamp_micros()),
        ..event.clone()
    }
}

/// The trail of an event: that of its project, or the operators' trail.
pub(super) fn trail(event: &NewEventRow) -> Result<Trail, DatabaseError> {
    Ok(project(event)?.map_or(Trail::Operators, Trail::Project))
}

/// Whether the database accepts the row, and the row belongs to a project or to the operators.
pub(super) fn is_sound(event: &NewEventRow) -> bool {
    let is_whole = uuid::Uuid::parse_str(&event.id).is_ok()
        && parse_outcome(&event.outcome).is_ok()
        && texts(event).iter().all(|text| !text.contains('\0'));
    let is_owned = |project: Option<_>| project.is_some() || event.for_operators;
    is_whole && project(event).is_ok_and(is_owned)
}

fn of(context: &Context, action: &'static str) -> NewEventRow {
    NewEventRow {
        for_operators: matches!(context.caller, Caller::Operator { .. }),
        actor: context.caller.to_string().into(),
        via_key: context.caller.via_key().map(ToString::to_string),
        action: action.into(),
        ..blank(context.now, context.request_id.clone(), context.origin.clone())
    }
}

fn blank(at: DateTime<Utc>, request_id: String, origin: Origin) -> NewEventRow {
    NewEventRow {
        id: new_id(),
        project_id: None,
        at: at.timestamp_micros(),
        request_id,
        actor: Text::default(),
        via_key: None,
        action: Text::default(),
        bucket: None,
        object_key: None,
        outcome: Text::default(),
        reason: Text::default(),
        detail: Text::default(),
        revision: None,
        method: None,
        payload: None,
        access_key_id: None,
        for_operators: false,
        address: origin.address.map(|address| address.to_string()),
        agent: origin.agent.map(SharedText),
        caller_request_id: origin.request_id.map(SharedText),
        count: None,
        first_at: None,
    }
}

fn new_id() -> String {
    uuid::Uuid::now_v7().to_string()
}

fn project(event: &NewEventRow) -> Result<Option<ProjectId>, DatabaseError> {
    let project = event.project_id.as_deref().map(ProjectId::parse);
    project.transpose().map_err(DatabaseError::corrupt)
}

/// The columns that must not contain a NUL.
fn texts(event: &NewEventRow) -> [&str; 14] {
    [
        &event.request_id,
        &event.actor,
        &event.action,
        &event.reason,
        &event.detail,
        text(event.via_key.as_deref()),
        text(event.bucket.as_deref()),
        text(event.object_key.as_deref()),
        text(event.method.as_deref()),
        text(event.payload.as_deref()),
        text(event.access_key_id.as_deref()),
        text(event.address.as_deref()),
        text(event.agent.as_ref().map(|agent| &*agent.0)),
        text(event.caller_request_id.as_ref().map(|id| &*id.0)),
    ]
}

/// Keeps the value only if `other` is equal.
fn keep<T: PartialEq>(mine: &mut Option<T>, other: Option<&T>) {
    if mine.as_ref() != other {
        *mine = None;
    }
}

fn text(maybe: Option<&str>) -> &str {
    maybe.unwrap_or_default()
}

fn cut_theirs(text: Text) -> Text {
    match text {
        Text::Borrowed(ours) => Text::Borrowed(ours),
        Text::Owned(text) => Text::Owned(cut(text)),
    }
}

fn cut(text: String) -> String {
    // PostgreSQL's text has no NUL. If the event cannot be stored, the request cannot be answered.
    let mut text = if text.contains('\0') { text.replace('\0', "") } else { text };
    text.truncate(text.floor_char_boundary(limits::MAX_AUDIT_TEXT));
    text
}
