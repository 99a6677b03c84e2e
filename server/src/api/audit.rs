//! `/v1/audit-events`: the audit trail of a project or of the operators.

use actix_web::web::Data;
use actix_web::{Either, HttpRequest, HttpResponse};
use sail_cargo_protocol::{AuditEvent, AuditQuery, Page, PageQuery, Problem, Scope};

use super::answer::ApiResponse;
use super::error::ApiError;
use super::events::{Form, last_event_id};
use super::extractors::{Authenticated, Query};
use super::feeds::{self, Pass, Trail, TrailListener};
use super::live::{End, Voice, told};
use super::page::Window;
use super::readers::Reader;
use super::seal::Seal;
use super::state::State;
use super::wire;
use crate::domain::{self, At, Caller, Revision};
use crate::domain::{AuditFilter, AuditPlace};

/// How many events an NDJSON listing reads from the database at a time.
const BATCH: usize = 500;

/// The project's audit trail, newest first: a page of it; all of it as JSON lines; or, as an
/// event stream, what happens from now on, each event at least once. An operator who names no
/// project is told what operators did, in whatever project, and who failed to authenticate without
/// the key of one.
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
    (status = 429, description = "Too many event streams, long polls and x-ndjson listings of this project, or by this key", body = Problem),
    (status = 503, description = "Too many event streams, long polls and x-ndjson listings", body = Problem),
))]
pub(super) async fn list(
    auth: Authenticated,
    state: Data<State>,
    request: HttpRequest,
    query: Query<AuditQuery>,
) -> Result<Either<ApiResponse<Page<AuditEvent>>, HttpResponse>, ApiError> {
    auth.demand_root(Scope::AuditRead)?;
    let trail = Trail(auth.0.caller.project().cloned());
    let form = Form::asked(request.headers());
    let all = AuditQuery { page_size: None, page_token: None, ..query.0.clone() };
    let seal = Seal::of(&state, &auth, "audit-events", all)?;
    let (window, filter) = read(seal, query.0, form)?;
    match form {
        Form::Json => page(&state, trail, window, filter, auth.0.at_least).await,
        Form::Lines => lines(state, auth.0.caller, trail, filter).map(Either::Right),
        Form::Events => {
            let heard = last_event_id(&request);
            stream(state, auth.0.caller, trail, filter, heard.as_deref()).map(Either::Right)
        }
    }
}

async fn page(
    state: &State,
    trail: Trail,
    window: Window<String>,
    filter: AuditFilter,
    at_least: Option<Revision>,
) -> Result<Either<ApiResponse<Page<AuditEvent>>, HttpResponse>, ApiError> {
    let id = |event: &AuditEvent| event.id.clone();
    let Some(project) = trail.0 else {
        let events = state.service.audit().operators_events(filter).await?;
        let events = events.into_iter().map(wire::audit_event).collect();
        return Ok(Either::Right(HttpResponse::Ok().json(window.page(events, id))));
    };
    let At { value, revision } = state.service.audit().events(project, filter, at_least).await?;
    let value = value.into_iter().map(wire::audit_event).collect();
    let page = Page { revision: Some(revision.to_string()), ..window.page(value, id) };
    Ok(Either::Left(ApiResponse::at(revision, page)))
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
        caller_request_id,
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
    let texts = [
        ("actor", &actor),
        ("bucket", &bucket),
        ("action", &action),
        ("request_id", &request_id),
        ("caller_request_id", &caller_request_id),
    ];
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
        caller_request_id,
        outcome,
        since,
        until,
        place: window.after.clone().map_or(AuditPlace::Newest, AuditPlace::Before),
        limit: window.limit + 1,
    };
    Ok((window, filter))
}

/// Streams all matching events as NDJSON.
fn lines(
    state: Data<State>,
    caller: Caller,
    trail: Trail,
    filter: AuditFilter,
) -> Result<HttpResponse, ApiError> {
    let reader = state.readers.enter(&caller)?;
    let pass = Pass::new(state.clone(), caller);
    let patience = reader.patience();
    let tell = |voice| tell(reader, state, pass, trail, filter, voice);
    let lines = told(patience, tell, |problem| {
        // The status is sent already, so the only way to report the error is to break off.
        log::warn!("a listing of audit events was cut off: {}", problem.code);
        Err(std::io::Error::other(problem.code))
    });
    Ok(HttpResponse::Ok().content_type("application/x-ndjson").streaming(lines))
}

/// Sends page after page, as long as the caller's credentials are valid.
async fn tell(
    _reader: Reader,
    state: Data<State>,
    pass: Pass,
    trail: Trail,
    mut filter: AuditFilter,
    voice: Voice,
) -> Result<(), End> {
    filter.limit = BATCH;
    loop {
        pass.demand().await?;
        let events = trail.read(&state.service, filter.clone()).await.map_err(ApiError::from)?;
        let last = events.get(BATCH - 1).map(|last| last.id.clone());
        voice.say(events.into_iter().map(line).collect::<String>()).await?;
        let Some(last) = last else { return Ok(()) };
        filter.place = AuditPlace::Before(last);
    }
}

fn line(event: domain::AuditEvent) -> String {
    serde_json::to_string(&wire::audit_event(event)).unwrap_or_default() + "\n"
}

fn stream(
    state: Data<State>,
    caller: Caller,
    trail: Trail,
    filter: AuditFilter,
    heard: Option<&str>,
) -> Result<HttpResponse, ApiError> {
    let wrong = || ApiError::field("last-event-id", "the id of an event");
    let heard = heard.map(|id| uuid::Uuid::parse_str(id).map_err(|_| wrong())).transpose()?;
    let reader = state.readers.enter(&caller)?;
    let pass = Pass::new(state.clone(), caller);
    Ok(feeds::stream(reader, pass, TrailListener::new(state, trail, filter, heard)))
}
