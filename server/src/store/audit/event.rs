//! One event, complete: the row, and the line of a spool.

use chrono::{DateTime, Utc};
use diesel::Insertable;
use sail_cargo_protocol::Outcome;
use serde::{Deserialize, Serialize};

use super::outcome::{outcome_word, parse_outcome};
use super::shared::Shared;
use super::{Decision, Failures, OperatorAct, Text};
use crate::domain::{Caller, Context, Origin, ProjectId, limits};
use crate::store::error::StoreError;
use crate::store::rows::micros;
use crate::store::schema::audit_event;

/// Whoever did not prove who they are.
const NOBODY: &str = "nobody";

/// Whoever is not told apart from others, and whatever they wanted.
const MANY: &str = "many";

/// What they wanted.
const AUTHENTICATE: &str = "authenticate";

/// A verdict with everything that is stored of it. Its id is made when it is accepted, so that
/// the order of ids is the order in which verdicts were reached, whenever they are written.
#[derive(Debug, Clone, PartialEq, Eq, Insertable, Serialize, Deserialize)]
#[diesel(table_name = audit_event, treat_none_as_default_value = false)]
#[serde(deny_unknown_fields)]
pub(super) struct Event {
    id: String,
    project_id: Option<String>,
    at: i64,
    request_id: String,
    actor: Text,
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
    // Lines of a spool that an older version wrote have none of these.
    #[serde(default)]
    for_operators: bool,
    #[serde(default)]
    address: Option<String>,
    #[serde(default)]
    agent: Option<Shared>,
    #[serde(default)]
    caller_request_id: Option<Shared>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    count: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    first_at: Option<i64>,
}

impl Event {
    /// A verdict.
    pub(super) fn new(context: &Context, decision: Decision) -> Self {
        let (method, payload, access_key_id) = match decision.request {
            Some(request) => (Some(request.method), request.payload, request.access_key_id),
            None => (None, None, None),
        };
        Self {
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
            ..Self::of(context, decision.action)
        }
    }

    /// What an operator did, or tried, outside of projects.
    pub(super) fn of_operator(context: &Context, act: OperatorAct) -> Self {
        Self {
            for_operators: true,
            object_key: act.object.map(cut),
            outcome: outcome_word(act.outcome).into(),
            reason: act.reason.into(),
            detail: cut(act.detail).into(),
            ..Self::of(context, act.action)
        }
    }

    /// Failures to authenticate.
    pub(super) fn of_failures(failures: Failures) -> Self {
        Self {
            for_operators: failures.project.is_none(),
            project_id: failures.project.map(|project| project.to_string()),
            via_key: failures.via_key.map(|key| key.to_string()),
            object_key: Some(failures.shown),
            count: Some(i64::try_from(failures.count).unwrap_or(i64::MAX)),
            first_at: Some(micros(failures.first)),
            outcome: outcome_word(Outcome::Deny).into(),
            reason: failures.reason.into(),
            detail: failures.detail,
            actor: NOBODY.into(),
            action: AUTHENTICATE.into(),
            ..Self::blank(micros(failures.last), failures.request_id, failures.origin)
        }
    }

    /// Takes another in that this one stands for as well: what they do not have in common is not
    /// said. The request and the sentence are those of the first.
    pub(super) fn blur(&mut self, other: &Self) {
        let shared = |mine: &mut Text, other: &Text| {
            if mine != other {
                *mine = MANY.into();
            }
        };
        shared(&mut self.actor, &other.actor);
        shared(&mut self.action, &other.action);
        keep(&mut self.via_key, other.via_key.as_ref());
        keep(&mut self.bucket, other.bucket.as_ref());
        keep(&mut self.object_key, other.object_key.as_ref());
        keep(&mut self.revision, other.revision.as_ref());
        keep(&mut self.method, other.method.as_ref());
        keep(&mut self.payload, other.payload.as_ref());
        keep(&mut self.address, other.address.as_ref());
        keep(&mut self.agent, other.agent.as_ref());
        keep(&mut self.caller_request_id, other.caller_request_id.as_ref());
        self.for_operators &= other.for_operators;
    }

    /// A new event, for `count` that were alike.
    pub(super) fn standing_for(
        &self,
        count: u64,
        first: DateTime<Utc>,
        last: DateTime<Utc>,
    ) -> Self {
        Self {
            id: uuid::Uuid::now_v7().to_string(),
            at: micros(last),
            count: Some(i64::try_from(count).unwrap_or(i64::MAX)),
            first_at: Some(micros(first)),
            ..self.clone()
        }
    }

    fn of(context: &Context, action: &'static str) -> Self {
        Self {
            for_operators: matches!(context.caller, Caller::Operator { .. }),
            actor: context.caller.to_string().into(),
            via_key: context.caller.via_key().map(ToString::to_string),
            action: action.into(),
            ..Self::blank(micros(context.now), context.request_id.clone(), context.origin.clone())
        }
    }

    fn blank(at: i64, request_id: String, origin: Origin) -> Self {
        Self {
            id: uuid::Uuid::now_v7().to_string(),
            project_id: None,
            at,
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
            agent: origin.agent.map(Shared),
            caller_request_id: origin.request_id.map(Shared),
            count: None,
            first_at: None,
        }
    }

    /// Its own name.
    pub(super) fn id(&self) -> &str {
        &self.id
    }

    /// How many it stands for.
    #[cfg(test)]
    pub(super) fn stands_for(&self) -> u64 {
        self.count.map_or(1, |count| count.try_into().unwrap())
    }

    /// Who asked.
    #[cfg(test)]
    pub(super) fn actor(&self) -> &str {
        &self.actor
    }

    /// Whose it is, as text: events are put together by it. None for what is no project's.
    pub(super) fn project_text(&self) -> Option<&str> {
        self.project_id.as_deref()
    }

    /// Whose it is.
    pub(super) fn project(&self) -> Result<Option<ProjectId>, StoreError> {
        self.project_text().map(ProjectId::parse).transpose().map_err(StoreError::corrupt)
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
        let mut event: Self = serde_json::from_slice(line).ok()?;
        // As the version before wrote it, of whom there was one.
        event.for_operators |= event.actor == "operator";
        uuid::Uuid::parse_str(&event.id).ok()?;
        parse_outcome(&event.outcome).ok()?;
        let project = event.project().ok()?;
        if project.is_none() && !event.for_operators {
            return None;
        }
        event.texts().iter().all(|text| !text.contains('\0')).then_some(event)
    }

    /// What the database would stumble over if it held a NUL.
    fn texts(&self) -> [&str; 14] {
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
            text(self.address.as_deref()),
            text(self.agent.as_ref().map(|agent| &*agent.0)),
            text(self.caller_request_id.as_ref().map(|id| &*id.0)),
        ]
    }
}

/// What is so in both, if anything is.
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
    // PostgreSQL's text has no NUL, and an event that cannot be stored is an answer refused.
    let mut text = if text.contains('\0') { text.replace('\0', "") } else { text };
    text.truncate(text.floor_char_boundary(limits::MAX_AUDIT_TEXT));
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::OperatorName;
    use crate::store::SignedRequest;

    const LINE: &str = r#"{"id":"01932c07-0000-7000-8000-000000000000","project_id":"PROJECT","at":1,
        "request_id":"r","actor":"user:ada","via_key":null,"action":"s3:GetObject","bucket":"photos",
        "object_key":"a\nb","outcome":"allow","reason":"ok","detail":"signed","revision":1,
        "method":"GET","payload":null,"access_key_id":"AKIA1"}"#;

    fn line() -> String {
        LINE.replace("PROJECT", &uuid::Uuid::now_v7().to_string())
    }

    /// What this version writes, and the one before could not read.
    fn new_line() -> String {
        let more = r#""for_operators":true,"address":"192.0.2.7","agent":"curl/8",
            "caller_request_id":"mine","count":3,"first_at":1,"access_key_id""#;
        line().replace("\"access_key_id\"", more)
    }

    #[test]
    fn what_is_written_is_one_line_and_is_read_again() {
        for line in [line(), new_line()] {
            is_one_line(&Event::read(line.as_bytes()).unwrap());
        }
    }

    #[test]
    fn what_is_no_project_s_is_the_operators_or_nobody_s() {
        let nobodys = |line: &str| {
            let project = line.split("\"project_id\":").nth(1).unwrap().split(',').next().unwrap();
            line.replace(project, "null")
        };
        is_one_line(&Event::read(nobodys(&new_line()).as_bytes()).unwrap());
        assert_eq!(Event::read(nobodys(&line()).as_bytes()), None);
    }

    fn is_one_line(event: &Event) {
        let mut lines = Vec::new();
        event.write(&mut lines).unwrap();
        event.write(&mut lines).unwrap();
        let read: Vec<_> = lines.split_inclusive(|byte| *byte == b'\n').map(Event::read).collect();
        assert_eq!(read, [Some(event.clone()), Some(event.clone())]);
    }

    #[test]
    fn an_event_is_some_kilobytes_whatever_is_asked() {
        let long = || "\u{1f980}x\0".repeat(100_000);
        let context = Context {
            caller: Caller::Operator { name: OperatorName::command_line(), project: None },
            now: DateTime::UNIX_EPOCH,
            request_id: "r".to_owned(),
            origin: Origin::default(),
            at_least: None,
            idempotency: None,
        };
        let decision = Decision {
            project: ProjectId::parse("00000000-0000-4000-8000-000000000000").unwrap(),
            action: "s3:?",
            bucket: Some(long()),
            object: Some(long()),
            outcome: Outcome::Malformed,
            reason: "url",
            detail: long().into(),
            revision: None,
            request: Some(SignedRequest {
                method: long().into(),
                payload: Some(long().into()),
                access_key_id: None,
            }),
        };
        let mut line = Vec::new();
        Event::new(&context, decision).write(&mut line).unwrap();
        assert!(line.len() < 6 * 1024, "{}", line.len());
        is_one_line(&Event::read(&line).unwrap());
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
