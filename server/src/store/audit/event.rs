//! One event, complete.

use diesel::Insertable;

use super::Decision;
use super::outcome::outcome_word;
use crate::domain::ProjectId;
use crate::store::error::StoreError;
use crate::store::rows::micros;
use crate::store::schema::audit_event;
use crate::store::write::Context;

/// Untrusted text is cut to this many characters before it is stored.
const MAX_TEXT: usize = 1024;

/// A verdict with everything that is stored of it. Its id is made when it is accepted, so that
/// the order of ids is the order in which verdicts were reached, whenever they are written.
#[derive(Debug, Clone, PartialEq, Eq, Insertable)]
#[diesel(table_name = audit_event, treat_none_as_default_value = false)]
pub(super) struct Event {
    id: String,
    project_id: String,
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
}

impl Event {
    pub(super) fn new(context: &Context, decision: Decision) -> Self {
        let (method, payload, access_key_id) = match decision.request {
            Some(request) => (Some(request.method), request.payload, request.access_key_id),
            None => (None, None, None),
        };
        Self {
            id: uuid::Uuid::now_v7().to_string(),
            project_id: decision.project.to_string(),
            at: micros(context.now),
            request_id: context.request_id.clone(),
            actor: context.caller.to_string(),
            via_key: context.caller.via_key().map(ToString::to_string),
            action: cut(decision.action),
            bucket: decision.bucket.map(cut),
            object_key: decision.object.map(cut),
            outcome: outcome_word(decision.outcome).to_owned(),
            reason: decision.reason,
            detail: cut(decision.detail),
            revision: decision.revision,
            method: method.map(cut),
            payload: payload.map(cut),
            access_key_id,
        }
    }

    /// Whose it is, as text: events are put together by it.
    pub(super) fn project_text(&self) -> &str {
        &self.project_id
    }

    /// Whose it is.
    pub(super) fn project(&self) -> Result<ProjectId, StoreError> {
        ProjectId::parse(&self.project_id).map_err(StoreError::corrupt)
    }
}

fn cut(text: String) -> String {
    // PostgreSQL's text has no NUL, and an event that cannot be stored is an answer refused.
    if text.len() <= MAX_TEXT && !text.contains('\0') {
        return text;
    }
    text.chars().filter(|character| *character != '\0').take(MAX_TEXT).collect()
}
