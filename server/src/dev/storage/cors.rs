//! CORS headers that let web pages of any origin use the storage. Browsers never add credentials by
//! themselves, so the wildcard origin is safe.

use http::{HeaderMap, HeaderValue, Response, StatusCode, header};
use s3s::Body;

/// The methods that a page may use.
const METHODS: HeaderValue = HeaderValue::from_static("GET, HEAD, PUT, POST, DELETE");

/// How long a browser may cache the preflight answer: ten minutes.
const MAX_AGE: HeaderValue = HeaderValue::from_static("600");

/// Response headers that a page may read, in addition to the response's `x-amz-*` headers.
const EXPOSED: &str = "ETag, Content-Length, Content-Range, Content-Encoding, Last-Modified";

/// The answer to `OPTIONS`. It allows every header that the browser asks for.
pub(super) fn preflight(asked: &HeaderMap) -> Response<Body> {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::NO_CONTENT;
    let headers = response.headers_mut();
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    headers.insert(header::ACCESS_CONTROL_ALLOW_METHODS, METHODS);
    headers.insert(header::ACCESS_CONTROL_MAX_AGE, MAX_AGE);
    if let Some(names) = asked.get(header::ACCESS_CONTROL_REQUEST_HEADERS) {
        headers.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, names.clone());
    }
    response
}

/// Adds the headers that let a page read the answer.
pub(super) fn expose(headers: &mut HeaderMap) {
    let mut exposed = EXPOSED.to_owned();
    for name in headers.keys().filter(|name| name.as_str().starts_with("x-amz-")) {
        exposed.push_str(", ");
        exposed.push_str(name.as_str());
    }
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    if let Ok(exposed) = HeaderValue::from_str(&exposed) {
        headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, exposed);
    }
}
