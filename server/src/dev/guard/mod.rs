//! The strict check in front of the embedded storage. Pure: no I/O, no clock.
//!
//! The storage verifies signatures but trusts headers that are *not* signed: the holder of a signed
//! PUT could add `x-amz-copy-source` and read any object. A request that passes this check means
//! the same to the signer and to the storage.

mod claims;
mod headers;
mod path;
#[cfg(test)]
mod tests;
mod violation;

use chrono::{DateTime, Utc};
use http::{HeaderMap, Method, Uri};

pub(super) use self::violation::error_xml;
use self::{claims::SigV4Claims, violation::Code};
pub use self::{path::check_key, violation::Violation};
use crate::domain::limits;

/// Checks a request before its signature is verified. The scope must name `region`.
///
/// # Errors
/// [`Violation`] with the first rule that the request breaks.
pub fn check(
    method: &Method,
    uri: &Uri,
    headers: &HeaderMap,
    region: &str,
    now: DateTime<Utc>,
) -> Result<(), Violation> {
    check_method(method)?;
    check_target(uri)?;
    headers::check(method, headers)?;
    let claims = SigV4Claims::read(uri, headers)?;
    check_scope(&claims, region)?;
    check_time(&claims, now)?;
    headers::check_signed(headers, &claims.signed, required(&claims))?;
    headers::check_payload(headers)
}

fn check_method(method: &Method) -> Result<(), Violation> {
    match *method {
        Method::GET | Method::HEAD | Method::PUT | Method::POST | Method::DELETE => Ok(()),
        _ => Err(Violation::new(Code::MethodNotAllowed, "the method is not supported")),
    }
}

fn check_target(uri: &Uri) -> Result<(), Violation> {
    if uri.authority().is_some() {
        return Err(Violation::new(Code::InvalidUri, "the request target must be a path"));
    }
    path::check_path(uri.path())
}

fn check_scope(claims: &SigV4Claims, region: &str) -> Result<(), Violation> {
    if claims.service != "s3" {
        return Err(malformed_scope("the service of the scope must be s3".to_owned()));
    }
    if claims.region != region {
        return Err(malformed_scope(format!("the region of the scope must be {region}")));
    }
    Ok(())
}

fn check_time(claims: &SigV4Claims, now: DateTime<Utc>) -> Result<(), Violation> {
    let age = now - claims.signed_at;
    if age < -limits::SIGNATURE_LIFETIME
        || (claims.lifetime.is_none() && age > limits::SIGNATURE_LIFETIME)
    {
        return Err(Violation::new(
            Code::RequestTimeTooSkewed,
            "the time of the request is more than 15 minutes from the time of the storage",
        ));
    }
    if claims.lifetime.is_some_and(|lifetime| age > lifetime) {
        return Err(Violation::denied("the presigned URL has expired"));
    }
    Ok(())
}

/// The headers that must be sent and signed.
fn required(claims: &SigV4Claims) -> &'static [&'static str] {
    match claims.lifetime {
        Some(_) => &["host"],
        None => &["host", "x-amz-content-sha256", "x-amz-date"],
    }
}

fn malformed_scope(message: String) -> Violation {
    Violation::new(Code::AuthorizationHeaderMalformed, message)
}
