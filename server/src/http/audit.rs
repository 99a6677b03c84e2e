//! `/v1/audit-events`: who asked for what, and how it ended.

use std::collections::BTreeSet;

use actix_web::web::{Bytes, Data};
use actix_web::{Either, HttpRequest, HttpResponse};
use futures_util::stream::try_unfold;
use sail_cargo_protocol::{AuditEvent, AuditQuery, Page, PageQuery, Problem, Scope};

use super::answer::Answer;
use super::error::ApiError;
use super::events::{Form, demand_good, event, last_event_id, live};
use super::extract::{Asker, Query};
use super::page::Window;
use super::seal::Seal;
use super::state::State;
use crate::domain::{Caller, ProjectId};
use crate::store::{At, AuditFilter, AuditPlace};

/// Events that are read at once for a stream.
const BATCH: usize = 500;

/// The project's audit trail, newest first: a page of it; all of it as JSON lines; or, as an
/// event stream, what happens from now on, each event at least once.
#[utoipa::path(get, path = "/v1/audit-events", tag = "audit", params(
    AuditQuery,
    ("last-event-id" = Option<String>, Header, description = "Where an event stream broke off"),
), responses(
    (status = 200, description = "Newest first; in an event stream as they happen", content(
        (Page<AuditEvent> = "application/json"),
        (AuditEvent = "application/x-ndjson"),
        (String = "text/event-stream"),
    )),
    (status = 400, description = "Malformed", body = Problem),
    (status = 401, description = "Not authenticated", body = Problem),
    (status = 403, description = "Not for users, nor without the scope", body = Problem),
    (status = 503, description = "Too many event streams are open", body = Problem),
))]
pub(super) async fn list(
    asker: Asker,
    state: Data<State>,
    request: HttpRequest,
    query: Query<AuditQuery>,
) -> Result<Either<Answer<Page<AuditEvent>>, HttpResponse>, ApiError> {
    asker.demand_root(Scope::AuditRead)?;
    let project = asker.project()?;
    let form = Form::asked(request.headers());
    let all = AuditQuery { page_size: None, page_token: None, ..query.0.clone() };
    let seal = Seal::of(&state, &asker, "audit-events", all)?;
    let (window, filter) = read(seal, query.0, form)?;
    match form {
        Form::Json => {
            let At { value, revision } =
                state.store.audit_events(project, filter, asker.0.at_least).await?;
            let page = window.page(value, |event| event.id.clone());
            let page = Page { revision: Some(revision.to_string()), ..page };
            Ok(Either::Left(Answer::at(revision, page)))
        }
        Form::Lines => Ok(Either::Right(lines(state, project, filter))),
        Form::Events => {
            let heard = last_event_id(&request);
            stream(&state, asker.0.caller, project, filter, heard.as_deref()).map(Either::Right)
        }
    }
}

fn read(
    seal: Seal,
    query: AuditQuery,
    form: Form,
) -> Result<(Window<String>, AuditFilter), ApiError> {
    let AuditQuery {
        actor,
        bucket,
        action,
        request_id,
        outcome,
        since,
        until,
        page_size,
        page_token,
    } = query;
    if form != Form::Json && (page_size.is_some() || page_token.is_some()) {
        return Err(ApiError::field("page_size", "a stream has no pages"));
    }
    let window: Window<String> = Window::read(seal, &PageQuery { page_size, page_token })?;
    let texts =
        [("actor", &actor), ("bucket", &bucket), ("action", &action), ("request_id", &request_id)];
    for (name, text) in texts {
        if text.as_ref().is_some_and(|text| text.chars().any(char::is_control)) {
            return Err(ApiError::field(name, "no control characters"));
        }
    }
    let filter = AuditFilter {
        actor,
        bucket,
        action,
        request_id,
        outcome,
        since,
        until,
        place: window.after.clone().map_or(AuditPlace::Newest, AuditPlace::Before),
        limit: window.limit + 1,
    };
    Ok((window, filter))
}

/// All events, read as the lines are.
fn lines(state: Data<State>, project: ProjectId, filter: AuditFilter) -> HttpResponse {
    let begin = Some(AuditFilter { limit: BATCH, ..filter });
    let lines = try_unfold(begin, move |filter| {
        let (state, project) = (state.clone(), project.clone());
        async move {
            let Some(filter) = filter else { return Ok(None) };
            let read = state.store.audit_events(project, filter.clone(), None).await;
            let events = read.map(|read| read.value).map_err(|error| {
                // The answer has begun: breaking off is all that can be said.
                log::warn!("a listing of audit events broke off: {error}");
                std::io::Error::other("the database is not available")
            })?;
            let mut text = String::new();
            for event in &events {
                text.push_str(&serde_json::to_string(event).map_err(std::io::Error::other)?);
                text.push('\n');
            }
            let last = events.last().filter(|_| events.len() == BATCH);
            let next = last
                .map(|event| AuditFilter { place: AuditPlace::Before(event.id.clone()), ..filter });
            Ok((!text.is_empty()).then(|| (Bytes::from(text), next)))
        }
    });
    let lines: std::pin::Pin<Box<dyn futures_util::Stream<Item = Result<Bytes, std::io::Error>>>> =
        Box::pin(lines);
    HttpResponse::Ok().content_type("application/x-ndjson").streaming(lines)
}

/// What a reader has heard.
struct Heard {
    /// The events behind this one are looked at next.
    cursor: String,
    /// What was told of the last seconds, which are looked at again.
    told: BTreeSet<String>,
}

/// Event ids begin with the time. Another replica's event may be stored after one that was made
/// later, so that the last seconds are looked at again.
#[derive(Clone, Copy)]
struct Overlap(u64);

const OVERLAP_MS: u64 = 5_000;

impl Overlap {
    fn now() -> Self {
        Self::of(&uuid::Uuid::now_v7())
    }

    fn of(id: &uuid::Uuid) -> Self {
        let millis = id.get_timestamp().map_or(0, |at| {
            let (seconds, nanos) = at.to_unix();
            seconds * 1000 + u64::from(nanos / 1_000_000)
        });
        Self(millis.saturating_sub(OVERLAP_MS))
    }

    /// An id before any event of that instant.
    fn id(self) -> String {
        uuid::Builder::from_unix_timestamp_millis(self.0, &[0; 10]).into_uuid().to_string()
    }
}

fn stream(
    state: &Data<State>,
    caller: Caller,
    project: ProjectId,
    filter: AuditFilter,
    heard: Option<&str>,
) -> Result<HttpResponse, ApiError> {
    let reader = state.readers.enter()?;
    let wrong = || ApiError::field("last-event-id", "the id of an event");
    let heard = heard.map(|id| uuid::Uuid::parse_str(id).map_err(|_| wrong())).transpose()?;
    // A new reader hears what happens from now on; one that comes back, what it missed, and
    // perhaps once more what it heard just before.
    let (begin, since) = if let Some(id) = heard {
        let told = BTreeSet::from([id.to_string()]);
        (Heard { cursor: Overlap::of(&id).id(), told }, String::new())
    } else {
        let begin = Heard { cursor: Overlap::now().id(), told: BTreeSet::new() };
        (begin, uuid::Uuid::now_v7().to_string())
    };
    let state = state.clone();
    let events = live(reader, begin, move |Heard { cursor, mut told }| {
        let (state, project, since) = (state.clone(), project.clone(), since.clone());
        let caller = caller.clone();
        let place = AuditPlace::After(cursor);
        let filter = AuditFilter { place, limit: BATCH, ..filter.clone() };
        async move {
            demand_good(&state, &caller).await?;
            let overlap = Overlap::now().id();
            let found = state.store.audit_events(project, filter, None).await?.value;
            let is_new = |id: &String| *id > since && !told.contains(id);
            let new = found.iter().filter(|found| is_new(&found.id));
            let news: String = new.map(|new| event(&new.id, new)).collect();
            // Behind a full batch there is more, at once.
            let more = found.last().filter(|_| found.len() == BATCH);
            let cursor = more.map_or_else(|| overlap.clone(), |last| last.id.clone());
            told.extend(found.into_iter().map(|event| event.id));
            told.retain(|id| *id >= overlap);
            Ok((news, Heard { cursor, told }))
        }
    });
    Ok(HttpResponse::Ok().content_type("text/event-stream").streaming(events))
}
