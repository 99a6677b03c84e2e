//! Refuses headers that could change the meaning of a signed request.

use http::{HeaderMap, HeaderName, HeaderValue, Method, header};

use super::path::check_source;
use crate::domain::sigv4::inbound::PlainHead;
use crate::gateway::S3Error;

/// Headers that other servers act on, by name or by prefix.
const FOREIGN: [&str; 14] = [
    "forwarded",
    "x-forwarded-",
    "x-http-method",
    "x-method-override",
    "x-original-",
    "x-rewrite-url",
    "x-host",
    "x-amz-target",
    "x-amz-mfa",
    "x-goog-",
    "x-minio-",
    "x-oss-",
    "x-rgw-",
    "x-seaweedfs-",
];

/// Checks each header's name and repetitions, and the source of a copy.
pub(super) fn check(method: &Method, headers: &HeaderMap) -> Result<(), S3Error> {
    for name in headers.keys() {
        check_name(name)?;
        if is_covered(name) && headers.get_all(name).iter().count() > 1 {
            return Err(S3Error::argument(format!("the header {name} is repeated")));
        }
    }
    for name in ["x-amz-copy-source", "x-amz-rename-source"] {
        if let Some(source) = headers.get(name) {
            check_source(source.to_str().unwrap_or_default())?;
        }
    }
    check_form(method, headers)
}

/// Refuses `x-amz-` names in the query that carry no proof: the storage takes headers as headers only.
/// `plain` is what is left of the request without its proof.
pub(super) fn check_hoisted(sent: &HeaderMap, plain: &PlainHead<'_>) -> Result<(), S3Error> {
    let is_amz = |name: &str| name.get(..6).is_some_and(|it| it.eq_ignore_ascii_case("x-amz-"));
    let mut in_query = plain.query.as_deref().unwrap_or_default().split('&');
    let mut in_headers = plain.headers.iter().map(|(name, _)| name.as_str());
    if in_query.any(is_amz) || in_headers.any(|name| is_amz(name) && !sent.contains_key(name)) {
        return Err(S3Error::argument("x-amz- names that carry no proof must be sent as headers"));
    }
    Ok(())
}

fn check_name(name: &HeaderName) -> Result<(), S3Error> {
    let name = name.as_str();
    if name.contains('_') {
        return Err(S3Error::argument(format!("the header name {name} holds an underscore")));
    }
    if FOREIGN.into_iter().any(|foreign| name.starts_with(foreign)) {
        return Err(S3Error::argument(format!("the header {name} is not supported")));
    }
    Ok(())
}

/// Refuses forms: POST policies and STS calls are authenticated by their body.
fn check_form(method: &Method, headers: &HeaderMap) -> Result<(), S3Error> {
    let is_form = |value: &HeaderValue| {
        let value = value.as_bytes().trim_ascii().to_ascii_lowercase();
        value.starts_with(b"multipart/") || value.starts_with(b"application/x-www-form-urlencoded")
    };
    if method == Method::POST && headers.get_all(header::CONTENT_TYPE).iter().any(is_form) {
        return Err(S3Error::denied("forms are not supported"));
    }
    Ok(())
}

/// Whether the header is one that a signature covers, or that carries the signature.
fn is_covered(name: &HeaderName) -> bool {
    name.as_str().starts_with("x-amz-") || name == header::HOST || name == header::AUTHORIZATION
}
