//! Lets web pages of the origins that projects name talk to `/v1` (Fetch Standard §3.2, "CORS
//! protocol").
//!
//! A preflight comes without credentials, so that nobody can say for which project it is. It is
//! answered where any active project names the origin, whatever the path: what there is stays
//! unsaid. The answer to the request itself can be read by pages of the origins of the very project
//! that the caller speaks in, and by those of any while nobody knows who asks. No page can use what
//! a browser keeps: `Access-Control-Allow-Credentials` is never sent, and tokens come from the page.

pub(super) mod origins;

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::Method;
use actix_web::http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE, ACCESS_CONTROL_REQUEST_METHOD,
    HeaderMap, HeaderValue, ORIGIN, VARY,
};
use actix_web::middleware::Next;
use actix_web::web::Data;
use actix_web::{Error, HttpMessage as _, HttpRequest, HttpResponse};

use super::state::State;
use crate::domain::{Caller, ProjectId};

/// What a page may do.
const METHODS: HeaderValue = HeaderValue::from_static("GET, HEAD, PUT, POST, PATCH, DELETE");
/// What a page may send beside what it always may. No `X-Api-Key`: a key that is in a page is
/// everybody's.
const MAY_SEND: HeaderValue = HeaderValue::from_static(
    "authorization, content-type, x-project, x-request-id, idempotency-key, if-match, if-none-match, \
     if-revision-at-least, last-event-id",
);
/// What a page may read of an answer beside what it always may.
const MAY_READ: HeaderValue = HeaderValue::from_static(
    "etag, revision, x-request-id, idempotency-replayed, retry-after, ratelimit, ratelimit-policy, \
     www-authenticate",
);
/// How long a browser remembers a preflight: ten minutes.
const MAX_AGE: HeaderValue = HeaderValue::from_static("600");
/// What an answer depends on.
const VARIES: HeaderValue = HeaderValue::from_static("origin");
const PREFLIGHT_VARIES: HeaderValue =
    HeaderValue::from_static("access-control-request-method, access-control-request-headers");

/// Whoever asks is known, and speaks in this project, if in any.
struct Known(Option<ProjectId>);

/// Notes who asks: from now on the answer is for pages of their project's origins.
pub(super) fn known(request: &HttpRequest, caller: &Caller) {
    request.extensions_mut().insert(Known(caller.project().cloned()));
}

/// Answers preflights from origins that a project names. Others are requests like any.
pub(super) async fn preflight(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let is_preflight = request.method() == Method::OPTIONS
        && request.headers().contains_key(ACCESS_CONTROL_REQUEST_METHOD)
        && is_for_pages(request.path());
    if is_preflight
        && let Some(origin) = origin(&request)
        && may(&request, &origin, None).await
    {
        let answer = HttpResponse::NoContent()
            .insert_header((ACCESS_CONTROL_ALLOW_METHODS, METHODS))
            .insert_header((ACCESS_CONTROL_ALLOW_HEADERS, MAY_SEND))
            .insert_header((ACCESS_CONTROL_MAX_AGE, MAX_AGE))
            .insert_header((VARY, PREFLIGHT_VARIES))
            .finish();
        return Ok(request.into_response(answer).map_into_right_body());
    }
    Ok(next.call(request).await?.map_into_left_body())
}

/// Says of every answer which pages may read it, refusals included.
pub(super) async fn expose(
    request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    if !is_for_pages(request.path()) {
        return next.call(request).await;
    }
    let origin = origin(&request);
    let mut response = next.call(request).await?;
    let allowed = match origin {
        Some(origin) if is_readable(response.request(), &origin).await => Some(origin),
        _ => None,
    };
    mark(response.headers_mut(), allowed);
    Ok(response)
}

fn mark(headers: &mut HeaderMap, allowed: Option<HeaderValue>) {
    headers.append(VARY, VARIES);
    if let Some(origin) = allowed {
        headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin);
        headers.insert(ACCESS_CONTROL_EXPOSE_HEADERS, MAY_READ);
    }
}

async fn is_readable(request: &HttpRequest, origin: &HeaderValue) -> bool {
    let Some(state) = request.app_data::<Data<State>>() else { return false };
    let project = request.extensions().get::<Known>().map(|known| known.0.clone());
    match project {
        None => state.origins.allow(&state.service, origin, None).await,
        Some(Some(project)) => state.origins.allow(&state.service, origin, Some(&project)).await,
        // An operator who speaks in no project.
        Some(None) => false,
    }
}

async fn may(request: &ServiceRequest, origin: &HeaderValue, project: Option<&ProjectId>) -> bool {
    match request.app_data::<Data<State>>() {
        Some(state) => state.origins.allow(&state.service, origin, project).await,
        None => false,
    }
}

/// The one origin that a browser names.
fn origin(request: &ServiceRequest) -> Option<HeaderValue> {
    let mut named = request.headers().get_all(ORIGIN);
    named.next().filter(|_| named.next().is_none()).cloned()
}

fn is_for_pages(path: &str) -> bool {
    path.starts_with("/v1/")
}
