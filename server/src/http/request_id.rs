//! Every request has an id, and leaves one line in the log. No answer is for caches.

use std::time::Duration;

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{CACHE_CONTROL, HeaderName, HeaderValue};
use actix_web::middleware::Next;
use actix_web::{Error, HttpMessage as _};
use tokio::time::Instant;

use crate::domain::Caller;

const HEADER: HeaderName = HeaderName::from_static("x-request-id");

tokio::task_local! {
    static CURRENT: String;
}

/// The id of the request that is being answered; empty outside of one.
pub(super) fn current() -> String {
    CURRENT.try_with(Clone::clone).unwrap_or_default()
}

/// Who asked, for the access line; put there by the extractor.
pub(super) struct SeenCaller(pub(super) String);

impl SeenCaller {
    pub(super) fn of(caller: &Caller) -> Self {
        Self(caller.to_string())
    }
}

/// Gives the request its id (the caller's own, where it is a plain one), answers with it, keeps
/// decisions and signatures out of caches, and writes the access line: route template, never the
/// path's query or any header.
pub async fn middleware(
    request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let id = given(&request).unwrap_or_else(|| uuid::Uuid::now_v7().simple().to_string());
    CURRENT
        .scope(id.clone(), async move {
            let start = Instant::now();
            let method = request.method().clone();
            let mut response = next.call(request).await?;
            let headers = response.headers_mut();
            if let Ok(value) = HeaderValue::from_str(&id) {
                headers.insert(HEADER, value);
            }
            if !headers.contains_key(CACHE_CONTROL) {
                headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
            }
            log_line(&response, method.as_str(), &id, start.elapsed());
            Ok(response)
        })
        .await
}

fn log_line(response: &ServiceResponse<impl MessageBody>, method: &str, id: &str, took: Duration) {
    let request = response.request();
    let route = request.match_pattern().unwrap_or_else(|| "-".to_owned());
    let extensions = request.extensions();
    let caller = extensions.get::<SeenCaller>().map_or("-", |seen| seen.0.as_str());
    log::info!(
        target: "access",
        method, route = route.as_str(), status = response.status().as_u16(), caller, request_id = id,
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
