//! The head of a request, as it came and as it goes on.

use http::request::Parts;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};

use super::error::S3Error;
use crate::domain::sigv4::inbound::Head;

/// The head of a request, as it came.
///
/// # Errors
/// 400 `InvalidURI` for a target that is no path.
pub(crate) fn read_head(parts: &Parts) -> Result<Head<'_>, S3Error> {
    let uri_error =
        || S3Error::new(StatusCode::BAD_REQUEST, "InvalidURI", "Couldn't parse the specified URI.");
    if parts.uri.scheme().is_some() {
        return Err(uri_error().closing());
    }
    let target = parts.uri.path_and_query().ok_or_else(uri_error)?.as_str();
    let headers = parts.headers.iter().map(|(name, value)| (name.as_str(), value.as_bytes()));
    Ok(Head { method: parts.method.as_str(), target, headers: headers.collect() })
}

/// The value of `Host`.
pub(super) fn host(headers: &HeaderMap) -> Result<&str, S3Error> {
    let mut hosts = headers.get_all(http::header::HOST).into_iter();
    let host = hosts.next().and_then(|host| host.to_str().ok()).filter(|_| hosts.next().is_none());
    host.ok_or_else(|| {
        S3Error::new(
            StatusCode::BAD_REQUEST,
            "InvalidRequest",
            "The request needs one Host header.",
        )
        .closing()
    })
}

/// Scheme and host of the URL by which a request is read.
pub(super) fn url_of(headers: &HeaderMap) -> Result<String, S3Error> {
    Ok(format!("http://{}", host(headers)?))
}

/// Headers as the way to the storage takes them.
pub(super) fn header_map(headers: &[(String, String)]) -> Result<HeaderMap, S3Error> {
    let mut map = HeaderMap::with_capacity(headers.len());
    for (name, value) in headers {
        let name = HeaderName::from_bytes(name.as_bytes());
        let value = HeaderValue::from_bytes(value.as_bytes());
        let (Ok(name), Ok(value)) = (name, value) else {
            return Err(S3Error::argument("A header cannot be sent on."));
        };
        map.append(name, value);
    }
    Ok(map)
}
