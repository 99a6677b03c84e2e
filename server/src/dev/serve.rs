//! What the two HTTP services of `dev` share.

use std::time::Duration;

use http::{Request, Response};
use hyper::body::Incoming;
use tokio::time::Instant;

use crate::api::hosts;
use crate::listener::Running;

/// How long requests under way have when a server stops.
const GRACE: Duration = Duration::from_secs(5);

/// Whether a request is for this machine, and not for a web page's that was pointed here.
pub(super) fn is_local(request: &Request<Incoming>) -> bool {
    let named = request.headers().get_all(http::header::HOST).into_iter();
    let target = request.uri().authority().map(|authority| authority.as_str().as_bytes());
    hosts::are_local(named.map(http::HeaderValue::as_bytes).chain(target))
}

/// Builds a response, without a way to fail.
pub(super) fn answer<B>(
    status: http::StatusCode,
    media_type: &'static str,
    body: B,
) -> Response<B> {
    let mut response = Response::new(body);
    *response.status_mut() = status;
    response
        .headers_mut()
        .insert(http::header::CONTENT_TYPE, http::HeaderValue::from_static(media_type));
    response
}

/// Stops a server: requests under way may be answered within [`GRACE`].
pub(super) async fn stop(running: Running) {
    running.stop(Instant::now() + GRACE).await;
}
