//! `/-/livez` and `/-/readyz`: no bucket can be called `-` (G29).

use http::header::{CACHE_CONTROL, CONTENT_TYPE};
use http::request::Parts;
use http::{HeaderValue, Method, Response, StatusCode};

use super::response::{GatewayBody, full};
use super::state::Gateway;

/// The answer to whoever watches over the server. `None` for any other path.
pub(super) fn answer(gateway: &Gateway, request: &Parts) -> Option<Response<GatewayBody>> {
    let is_ready = match request.uri.path() {
        "/-/livez" => true,
        "/-/readyz" => gateway.health.readiness().ready,
        _ => return None,
    };
    let is_read = matches!(request.method, Method::GET | Method::HEAD);
    let (status, text) = match (is_read, is_ready) {
        (false, _) => (StatusCode::METHOD_NOT_ALLOWED, ""),
        (true, true) => (StatusCode::OK, "ready\n"),
        (true, false) => (StatusCode::SERVICE_UNAVAILABLE, "not ready\n"),
    };
    let mut response = Response::new(full(text));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/plain"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Some(response)
}
