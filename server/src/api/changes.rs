//! `/v1/changes`: the feed of every mutation, for caches, mirrors and auditors.

use std::time::Duration;

use actix_web::web::Data;
use actix_web::{Either, HttpRequest, HttpResponse};
use sail_cargo_protocol::{Changes, ChangesQuery, Problem, Scope};
use tokio::time::Instant;

use super::answer::ApiResponse;
use super::crowd::leave;
use super::error::ApiError;
use super::events::{Form, last_event_id};
use super::extractors::{Authenticated, Query};
use super::feeds::{self, ChangeListener, Listener as _, Pass, wait_for};
use super::state::State;
use crate::domain::{At, limits};

/// Every mutation of the project behind a revision, oldest first; or, as an event stream, for as
/// long as it is read.
#[utoipa::path(get, path = "/v1/changes", tag = "audit", params(
    ChangesQuery,
    ("last-event-id" = Option<String>, Header, description = "Where an event stream broke off"),
), responses(
    (status = 200, description = "The changes; none, when there was none in time", content(
        (Changes = "application/json"), (String = "text/event-stream"),
    )),
    (status = 400, description = "Malformed", body = Problem),
    (status = 401, description = "Not authenticated", body = Problem),
    (status = 403, description = "Not for users, nor without the scope", body = Problem),
    (status = 409, description = "The project has no such revision yet", body = Problem),
    (status = 429, description = "Too many event streams, long polls and x-ndjson listings of this project, or by this key", body = Problem),
    (status = 503, description = "Too many event streams, long polls and x-ndjson listings", body = Problem),
))]
pub(super) async fn list(
    auth: Authenticated,
    state: Data<State>,
    request: HttpRequest,
    query: Query<ChangesQuery>,
) -> Result<Either<ApiResponse<Changes>, HttpResponse>, ApiError> {
    auth.demand_root(Scope::AuditRead)?;
    let project = auth.project()?;
    let ChangesQuery { after, wait, page_size } = query.0;
    let size = page_size.unwrap_or(limits::DEFAULT_PAGE);
    if !(1..=limits::MAX_PAGE).contains(&size) {
        return Err(ApiError::field("page_size", "1 to 1000"));
    }
    if wait.is_some_and(|wait| wait > limits::MAX_WAIT_SECONDS) {
        return Err(ApiError::field("wait", "at most 30 seconds"));
    }
    let after = after.unwrap_or(0);
    if after < 0 {
        return Err(ApiError::field("after", "a revision, from 0"));
    }
    if Form::asked(request.headers()) == Form::Events {
        let heard = last_event_id(&request).map(|id| id.parse().ok().filter(|id: &i64| *id >= 0));
        let after = match heard {
            Some(None) => return Err(ApiError::field("last-event-id", "a revision")),
            Some(Some(revision)) => revision,
            None => after,
        };
        return stream(ChangeListener { state, project, context: auth.0, after })
            .await
            .map(Either::Right);
    }
    let wait = Duration::from_secs(wait.unwrap_or(0).into());
    if !wait.is_zero() {
        // A long poll counts as a reader, not as work in progress: it keeps no request out.
        leave(&request);
    }
    let listener = ChangeListener { state, project, context: auth.0, after };
    let At { value, revision } = poll(listener, size, wait).await?;
    Ok(Either::Left(ApiResponse::at(revision, value)))
}

/// A page of changes. If there are none yet, waits for the first change, at most for `wait`.
async fn poll(
    listener: ChangeListener,
    size: u32,
    wait: Duration,
) -> Result<At<Changes>, ApiError> {
    let ChangeListener { state, context, after, .. } = &listener;
    let look = || listener.page((size, limits::MAX_CHANGES_BYTES));
    if wait.is_zero() {
        return look().await;
    }
    let by = Instant::now() + wait;
    let mut reader = state.readers.enter(&context.caller)?;
    let mut pass = Pass::new(state.clone(), context.caller.clone());
    // Subscribe before reading the database, so that no change falls between the two.
    let mut topic = listener.join();
    let found = look().await?;
    if !found.value.items.is_empty() {
        return Ok(found);
    }
    wait_for(&mut reader, &mut pass, &mut topic, by, |batch| batch.to > *after).await?;
    pass.demand().await?;
    look().await
}

async fn stream(listener: ChangeListener) -> Result<HttpResponse, ApiError> {
    let reader = listener.state.readers.enter(&listener.context.caller)?;
    // Read once before the stream begins, so that an invalid request gets a normal error response.
    listener.page((1, 1)).await?;
    let pass = Pass::new(listener.state.clone(), listener.context.caller.clone());
    Ok(feeds::stream(reader, pass, listener))
}
