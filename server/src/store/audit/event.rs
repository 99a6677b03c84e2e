//! One event, complete: the row. What a spool has of it is a line of its own.

use chrono::{DateTime, Utc};
use diesel::Insertable;
use sail_cargo_protocol::Outcome;

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
#[derive(Debug, Clone, PartialEq, Eq, Insertable)]
#[diesel(table_name = audit_event, treat_none_as_default_value = false)]
pub(super) struct Event {
    pub(super) id: String,
    pub(super) project_id: Option<String>,
    pub(super) at: i64,
    pub(super) request_id: String,
    pub(super) actor: Text,
    pub(super) via_key: Option<String>,
    pub(super) action: Text,
    pub(super) bucket: Option<String>,
    pub(super) object_key: Option<String>,
    pub(super) outcome: Text,
    pub(super) reason: Text,
    pub(super) detail: Text,
    pub(super) revision: Option<i64>,
    pub(super) method: Option<Text>,
    pub(super) payload: Option<Text>,
    pub(super) access_key_id: Option<String>,
    pub(super) for_operators: bool,
    pub(super) address: Option<String>,
    pub(super) agent: Option<Shared>,
    pub(super) caller_request_id: Option<Shared>,
    pub(super) count: Option<i64>,
    pub(super) first_at: Option<i64>,
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

    /// Whether the database takes it, and it is somebody's.
    pub(super) fn is_sound(&self) -> bool {
        let is_whole = uuid::Uuid::parse_str(&self.id).is_ok()
            && parse_outcome(&self.outcome).is_ok()
            && self.texts().iter().all(|text| !text.contains('\0'));
        let is_owned = |project: Option<_>| project.is_some() || self.for_operators;
        is_whole && self.project().is_ok_and(is_owned)
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
