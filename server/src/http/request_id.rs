//! Every request has an id, and leaves one line in the log. No answer is for caches.

use std::cell::OnceCell;
use std::rc::Rc;
use std::time::Duration;

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::StatusCode;
use actix_web::http::header::{CACHE_CONTROL, HeaderMap, HeaderName, HeaderValue};
use actix_web::middleware::Next;
use actix_web::{Error, HttpRequest};
use tokio::time::Instant;

use crate::domain::Caller;

const HEADER: HeaderName = HeaderName::from_static("x-request-id");

tokio::task_local! {
    static CURRENT: Rc<Current>;
}

/// The request that is being answered.
struct Current {
    id: String,
    /// Who asks, once that is known.
    caller: OnceCell<String>,
}

/// The id of the request that is being answered; empty outside of one.
pub(super) fn current() -> String {
    CURRENT.try_with(|current| current.id.clone()).unwrap_or_default()
}

/// Notes who asks, for the access line.
pub(super) fn seen(caller: &Caller) {
    // Without a request there is no line.
    CURRENT.try_with(|current| current.caller.set(caller.to_string()).ok()).ok();
}

/// Gives the request its id (the caller's own, where it is a plain one), answers with it, keeps
/// decisions and signatures out of caches, and leaves the access line: route template, never the
/// path's query or any header.
pub(super) async fn middleware(
    request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let id = given(&request).unwrap_or_else(|| uuid::Uuid::now_v7().simple().to_string());
    let current = Rc::new(Current { id, caller: OnceCell::new() });
    let start = Instant::now();
    let answered = CURRENT.scope(Rc::clone(&current), async { next.call(request).await });
    let mut response = answered.await?;
    mark(response.headers_mut(), &current.id);
    let (request, status, took) = (response.request().clone(), response.status(), start.elapsed());
    // Written when the answer is on its way: nobody waits for their own line. A server that is
    // killed in between leaves an answer without one; what must not be lost is in the audit trail.
    actix_web::rt::spawn(async move { log_line(&request, status, &current, took) });
    Ok(response)
}

fn mark(headers: &mut HeaderMap, id: &str) {
    if let Ok(value) = HeaderValue::from_str(id) {
        headers.insert(HEADER, value);
    }
    if !headers.contains_key(CACHE_CONTROL) {
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
}

fn log_line(request: &HttpRequest, status: StatusCode, current: &Current, took: Duration) {
    let route = request.match_pattern();
    log::info!(
        target: "access",
        method = request.method().as_str(), route = route.as_deref().unwrap_or("-"),
        status = status.as_u16(), caller = current.caller.get().map_or("-", String::as_str),
        request_id = current.id.as_str(),
        micros = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        "answered"
    );
}

/// An id that came in: 1 to 64 of letters, digits, `.`, `_` and `-`.
fn given(request: &ServiceRequest) -> Option<String> {
    let id = request.headers().get(HEADER)?.to_str().ok()?;
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-');
    ((1..=64).contains(&id.len()) && id.bytes().all(plain)).then(|| id.to_owned())
}
