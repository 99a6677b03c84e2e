//! CORS for `/v1`: web pages of the origins that projects list may use it (Fetch Standard §3.2,
//! "CORS protocol").
//!
//! A preflight has no credentials, so its project is unknown. It is allowed if any active project
//! lists the origin, whatever the path, so it does not reveal which paths exist. The response to
//! the request itself can be read by pages of the origins of the caller's project; if
//! authentication fails, by pages of the origins of any project. Pages cannot use credentials that
//! the browser stores: `Access-Control-Allow-Credentials` is never sent, so the page must send a
//! token itself.

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

/// The methods that a page may use.
const METHODS: HeaderValue = HeaderValue::from_static("GET, HEAD, PUT, POST, PATCH, DELETE");
/// The headers that a page may send, besides the CORS-safelisted ones. `X-Api-Key` is not among
/// them: every visitor could read a key in a page.
const MAY_SEND: HeaderValue = HeaderValue::from_static(
    "authorization, content-type, x-project, x-request-id, idempotency-key, if-match, if-none-match, \
     if-revision-at-least, last-event-id",
);
/// The response headers that a page may read, besides the CORS-safelisted ones.
const MAY_READ: HeaderValue = HeaderValue::from_static(
    "etag, revision, x-request-id, idempotency-replayed, retry-after, ratelimit, ratelimit-policy, \
     www-authenticate",
);
/// How long a browser may cache a preflight: ten minutes.
const MAX_AGE: HeaderValue = HeaderValue::from_static("600");
/// The request headers that a response depends on.
const VARIES: HeaderValue = HeaderValue::from_static("origin");
const PREFLIGHT_VARIES: HeaderValue =
    HeaderValue::from_static("access-control-request-method, access-control-request-headers");

/// The project of the authenticated caller, kept with the request; `None` for an operator without a
/// project.
struct Known(Option<ProjectId>);

/// Stores the caller's project: from now on only this project's origins count for the response.
pub(super) fn known(request: &HttpRequest, caller: &Caller) {
    request.extensions_mut().insert(Known(caller.project().cloned()));
}

/// Answers preflights from listed origins. Other preflights are handled like all requests.
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

/// Adds the CORS headers to every response, including errors.
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
    let (Some(state), Ok(origin)) = (request.app_data::<Data<State>>(), origin.to_str()) else {
        return false;
    };
    let project = request.extensions().get::<Known>().map(|known| known.0.clone());
    match project {
        None => state.origins.allow(&state.service, origin, None).await,
        Some(Some(project)) => state.origins.allow(&state.service, origin, Some(&project)).await,
        // An operator without a project.
        Some(None) => false,
    }
}

async fn may(request: &ServiceRequest, origin: &HeaderValue, project: Option<&ProjectId>) -> bool {
    match (request.app_data::<Data<State>>(), origin.to_str()) {
        (Some(state), Ok(origin)) => state.origins.allow(&state.service, origin, project).await,
        _ => false,
    }
}

/// The request's origin, if it names exactly one.
fn origin(request: &ServiceRequest) -> Option<HeaderValue> {
    let mut named = request.headers().get_all(ORIGIN);
    named.next().filter(|_| named.next().is_none()).cloned()
}

fn is_for_pages(path: &str) -> bool {
    path.starts_with("/v1/")
}
