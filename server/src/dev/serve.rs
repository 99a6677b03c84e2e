//! What the two HTTP services of `dev` share.

use http::{Request, Response};
use http_body_util::BodyExt;
use hyper::body::Incoming;

use crate::api::hosts;

/// How much of a refused request is read, so that its sender gets to see the answer: 1 MiB.
const DRAINED: usize = 1 << 20;

/// Whether a request is for this machine, and not for a web page's that was pointed here.
pub(super) fn is_local(request: &Request<Incoming>) -> bool {
    let named = request.headers().get_all(http::header::HOST).into_iter();
    let target = request.uri().authority().map(|authority| authority.as_str().as_bytes());
    hosts::are_local(named.map(http::HeaderValue::as_bytes).chain(target))
}

/// Reads the rest of a refused request, up to 1 MiB. Does not wait for a sender that expects `100
/// Continue`.
pub(super) async fn drain(request: Request<Incoming>) {
    if request.headers().contains_key(http::header::EXPECT) {
        return;
    }
    let mut body = request.into_body();
    let mut read = 0;
    while let Some(Ok(frame)) = body.frame().await {
        read += frame.data_ref().map_or(0, bytes::Bytes::len);
        if read > DRAINED {
            return;
        }
    }
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
