//! What the two HTTP services of `dev` share.

use http::{Request, Response};
use hyper::body::Incoming;

use crate::api::hosts;

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
