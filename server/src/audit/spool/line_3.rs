//! A line of the third version, which is written today: without the names of the fields.

use std::borrow::Cow;

use sail_cargo_database::tables::audit_events::NewEventRow;
use sail_cargo_database::tables::shared_text::SharedText;
use serde::{Deserialize, Serialize};

/// An event as the spool stores it: `{"v":3,"e":[…]}`.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Line3<'a> {
    v: u8,
    #[serde(borrow)]
    e: Fields<'a>,
}

type Text<'a> = Cow<'a, str>;

/// The fields of a [`NewEventRow`] in its order. Order and formats never change.
#[derive(Serialize, Deserialize)]
struct Fields<'a>(
    #[serde(borrow)] Text<'a>,
    Option<Text<'a>>,
    i64,
    Text<'a>,
    Text<'a>,
    Option<Text<'a>>,
    Text<'a>,
    Option<Text<'a>>,
    Option<Text<'a>>,
    Text<'a>,
    Text<'a>,
    Text<'a>,
    Option<i64>,
    Option<Text<'a>>,
    Option<Text<'a>>,
    Option<Text<'a>>,
    bool,
    Option<Text<'a>>,
    Option<Text<'a>>,
    Option<Text<'a>>,
    Option<i64>,
    Option<i64>,
);

impl<'a> From<&'a NewEventRow> for Line3<'a> {
    fn from(event: &'a NewEventRow) -> Self {
        let e = Fields(
            event.id.as_str().into(),
            borrowed(event.project_id.as_deref()),
            event.at,
            event.request_id.as_str().into(),
            (&*event.actor).into(),
            borrowed(event.via_key.as_deref()),
            (&*event.action).into(),
            borrowed(event.bucket.as_deref()),
            borrowed(event.object_key.as_deref()),
            (&*event.outcome).into(),
            (&*event.reason).into(),
            (&*event.detail).into(),
            event.revision,
            borrowed(event.method.as_deref()),
            borrowed(event.payload.as_deref()),
            borrowed(event.access_key_id.as_deref()),
            event.for_operators,
            borrowed(event.address.as_deref()),
            borrowed(event.agent.as_ref().map(|text| &*text.0)),
            borrowed(event.caller_request_id.as_ref().map(|text| &*text.0)),
            event.count,
            event.first_at,
        );
        Self { v: 3, e }
    }
}

fn borrowed(text: Option<&str>) -> Option<Text<'_>> {
    text.map(Cow::Borrowed)
}

impl From<Line3<'_>> for NewEventRow {
    fn from(line: Line3<'_>) -> Self {
        let Fields(
            id,
            project_id,
            at,
            request_id,
            actor,
            via_key,
            action,
            bucket,
            object_key,
            outcome,
            reason,
            detail,
            revision,
            method,
            payload,
            access_key_id,
            for_operators,
            address,
            agent,
            caller_request_id,
            count,
            first_at,
        ) = line.e;
        Self {
            id: id.into_owned(),
            project_id: owned(project_id),
            at,
            request_id: request_id.into_owned(),
            actor: actor.into_owned().into(),
            via_key: owned(via_key),
            action: action.into_owned().into(),
            bucket: owned(bucket),
            object_key: owned(object_key),
            outcome: outcome.into_owned().into(),
            reason: reason.into_owned().into(),
            detail: detail.into_owned().into(),
            revision,
            method: owned(method).map(Into::into),
            payload: owned(payload).map(Into::into),
            access_key_id: owned(access_key_id),
            for_operators,
            address: owned(address),
            agent: owned(agent).map(SharedText::from),
            caller_request_id: owned(caller_request_id).map(SharedText::from),
            count,
            first_at,
        }
    }
}

fn owned(text: Option<Text<'_>>) -> Option<String> {
    text.map(Cow::into_owned)
}
