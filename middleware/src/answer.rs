//! Applies Cargo's response to the request that it signs.

use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_runtime_api::http::Headers;
use http::{HeaderMap, HeaderName, HeaderValue};
use sail_cargo_client::protocol::SignResponse;

use crate::declared::DeclaredRequest;
use crate::headers::{self, AUTHORIZATION, X_AMZ_CONTENT_SHA256};
use crate::{RemoteSigningError, uri};

/// Marks a signed request, so that an inner signer leaves it alone. There is one if
/// `remote_signing` was called twice.
#[derive(Debug, Clone)]
pub(crate) struct Signed;

/// Checks all of `answer`, then changes `request`: completely, or not at all.
pub(crate) fn apply(
    answer: SignResponse,
    declared: &DeclaredRequest,
    request: &mut HttpRequest,
) -> Result<(), RemoteSigningError> {
    let mut map = kept(request.headers(), &answer.remove_headers)?;
    for (name, value) in answer.headers {
        let name = name.to_ascii_lowercase();
        check(&name, &value, declared)?;
        insert(&mut map, &name, &value)?;
    }
    if !map.contains_key(AUTHORIZATION) {
        return Err(RemoteSigningError::protocol("it has no authorization"));
    }
    let signed = Headers::try_from(map)
        .map_err(|_| RemoteSigningError::protocol("its headers cannot be sent"))?;
    respell(request, answer.url)?;
    *request.headers_mut() = signed;
    Ok(())
}

/// The request's own headers, without those to remove and without another signature.
fn kept(own: &Headers, removed: &[String]) -> Result<HeaderMap, RemoteSigningError> {
    let mut map = HeaderMap::new();
    for (name, value) in headers::lines(own)? {
        let removed = removed.iter().any(|removed| removed.eq_ignore_ascii_case(&name));
        if !removed && name != AUTHORIZATION {
            insert(&mut map, &name, &value)?;
        }
    }
    Ok(map)
}

fn check(name: &str, value: &str, declared: &DeclaredRequest) -> Result<(), RemoteSigningError> {
    if !headers::may_be_set_by_cargo(name) {
        return Err(RemoteSigningError::protocol(format!("it sets the header `{name}`")));
    }
    if name == X_AMZ_CONTENT_SHA256 && value != declared.payload {
        return Err(RemoteSigningError::protocol("it is for another payload"));
    }
    Ok(())
}

fn insert(map: &mut HeaderMap, name: &str, value: &str) -> Result<(), RemoteSigningError> {
    let bad = || RemoteSigningError::protocol(format!("the header `{name}` cannot be sent"));
    let key = HeaderName::from_bytes(name.as_bytes()).map_err(|_| bad())?;
    let mut value = HeaderValue::from_str(value).map_err(|_| bad())?;
    value.set_sensitive(headers::is_secret(name));
    map.try_insert(key, value).map(drop).map_err(|_| bad())
}

/// Sets the request's URL to the signed one, which may differ only in its percent-encoding.
fn respell(request: &mut HttpRequest, signed: String) -> Result<(), RemoteSigningError> {
    if signed == request.uri() {
        return Ok(());
    }
    if !uri::same(request.uri(), &signed) {
        return Err(RemoteSigningError::protocol("it is for another URL"));
    }
    let set = request.set_uri(signed);
    set.map_err(|_| RemoteSigningError::protocol("its URL cannot be used"))
}
