//! One event, complete: the row, and the line of a spool.

use diesel::Insertable;
use serde::{Deserialize, Serialize};

use super::outcome::{outcome_word, parse_outcome};
use super::{Decision, Text};
use crate::domain::ProjectId;
use crate::store::error::StoreError;
use crate::store::rows::micros;
use crate::store::schema::audit_event;
use crate::store::write::Context;

/// Untrusted text is cut to this many characters before it is stored.
const MAX_TEXT: usize = 1024;

/// A verdict with everything that is stored of it. Its id is made when it is accepted, so that
/// the order of ids is the order in which verdicts were reached, whenever they are written.
#[derive(Debug, Clone, PartialEq, Eq, Insertable, Serialize, Deserialize)]
#[diesel(table_name = audit_event, treat_none_as_default_value = false)]
#[serde(deny_unknown_fields)]
pub(super) struct Event {
    id: String,
    project_id: String,
    at: i64,
    request_id: String,
    actor: String,
    via_key: Option<String>,
    action: Text,
    bucket: Option<String>,
    object_key: Option<String>,
    outcome: Text,
    reason: Text,
    detail: Text,
    revision: Option<i64>,
    method: Option<Text>,
    payload: Option<Text>,
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
            project_id: decision.project.as_str().to_owned(),
            at: micros(context.now),
            request_id: context.request_id.clone(),
            actor: context.caller.to_string(),
            via_key: context.caller.via_key().map(ToString::to_string),
            action: decision.action.into(),
            bucket: decision.bucket.map(cut),
            object_key: decision.object.map(cut),
            outcome: outcome_word(decision.outcome).into(),
            reason: decision.reason.into(),
            detail: cut_theirs(decision.detail),
            revision: decision.revision,
            method: method.map(cut_theirs),
            payload: payload.map(cut_theirs),
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

    /// Adds it to `lines`, in one line.
    pub(super) fn write(&self, lines: &mut Vec<u8>) -> Result<(), StoreError> {
        serde_json::to_writer(&mut *lines, self).map_err(StoreError::corrupt)?;
        lines.push(b'\n');
        Ok(())
    }

    /// Reads a line, its end taken off. `None`: no version of Cargo wrote it, or something has
    /// happened to it. It is not said what: the line may hold anything.
    pub(super) fn read(line: &[u8]) -> Option<Self> {
        let event: Self = serde_json::from_slice(line).ok()?;
        uuid::Uuid::parse_str(&event.id).ok()?;
        parse_outcome(&event.outcome).ok()?;
        event.project().ok()?;
        event.texts().iter().all(|text| !text.contains('\0')).then_some(event)
    }

    /// What the database would stumble over if it held a NUL.
    fn texts(&self) -> [&str; 11] {
        [
            &self.request_id,
            &self.actor,
            &self.action,
            &self.reason,
            &self.detail,
            text(self.via_key.as_deref()),
            text(self.bucket.as_deref()),
            text(self.object_key.as_deref()),
            text(self.method.as_deref()),
            text(self.payload.as_deref()),
            text(self.access_key_id.as_deref()),
        ]
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
    // PostgreSQL's text has no NUL, and an event that cannot be stored is an answer refused.
    if text.len() <= MAX_TEXT && !text.contains('\0') {
        return text;
    }
    text.chars().filter(|character| *character != '\0').take(MAX_TEXT).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINE: &str = r#"{"id":"01932c07-0000-7000-8000-000000000000","project_id":"PROJECT","at":1,
        "request_id":"r","actor":"user:ada","via_key":null,"action":"s3:GetObject","bucket":"photos",
        "object_key":"a\nb","outcome":"allow","reason":"ok","detail":"signed","revision":1,
        "method":"GET","payload":null,"access_key_id":"AKIA1"}"#;

    fn line() -> String {
        LINE.replace("PROJECT", &uuid::Uuid::now_v7().to_string())
    }

    #[test]
    fn what_is_written_is_one_line_and_is_read_again() {
        let event = Event::read(line().as_bytes()).unwrap();
        let mut lines = Vec::new();
        event.write(&mut lines).unwrap();
        event.write(&mut lines).unwrap();
        let read: Vec<_> = lines.split_inclusive(|byte| *byte == b'\n').map(Event::read).collect();
        assert_eq!(read, [Some(event.clone()), Some(event)]);
    }

    #[test]
    fn what_no_version_of_cargo_wrote_is_not_read() {
        let changes = [
            ("\"allow\"", "\"maybe\""),
            ("01932c07", "zzzzzzzz"),
            ("\"at\":1", "\"at\":\"1\""),
            ("\"at\":1", "\"at\":1,\"token\":\"x\""),
            ("signed", "signed\\u0000"),
            ("\"project_id\":\"", "\"project_id\":\"'; DROP TABLE grant_; --"),
        ];
        for (old, new) in changes {
            let spoilt = line().replace(old, new);
            assert_ne!(spoilt, line());
            assert_eq!(Event::read(spoilt.as_bytes()), None, "{new}");
        }
        assert_eq!(Event::read(b""), None);
    }
}
