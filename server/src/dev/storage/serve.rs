//! Whose requests the storage answers, and how it stops.

use std::time::Duration;

use http::Request;
use hyper::body::Incoming;
use tokio::time::Instant;

use crate::api::hosts;
use crate::listener::Running;

/// How long requests under way have when it stops.
const GRACE: Duration = Duration::from_secs(5);

/// Whether a request is for this machine, and not for a web page's that was pointed here.
pub(super) fn is_local(request: &Request<Incoming>) -> bool {
    let named = request.headers().get_all(http::header::HOST).into_iter();
    let target = request.uri().authority().map(|authority| authority.as_str().as_bytes());
    hosts::are_local(named.map(http::HeaderValue::as_bytes).chain(target))
}

/// Stops it: requests under way may be answered within [`GRACE`].
pub(super) async fn stop(running: Running) {
    running.stop(Instant::now() + GRACE).await;
}
