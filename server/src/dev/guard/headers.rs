//! Refuses headers that could change the meaning of a signed request.

use http::{HeaderMap, HeaderName, HeaderValue, Method, header};

use super::{
    path::check_source,
    violation::{Code, Violation},
};

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

/// Checks each header's name, repetitions and value.
pub(super) fn check(method: &Method, headers: &HeaderMap) -> Result<(), Violation> {
    for name in headers.keys() {
        check_name(name)?;
        if is_covered(name) && headers.get_all(name).iter().count() > 1 {
            return Err(invalid(format!("the header {name} is repeated")));
        }
    }
    for (name, value) in headers.iter().filter(|(name, _)| is_amz(name)) {
        let Ok(value) = value.to_str() else {
            return Err(invalid(format!("the value of {name} must be ASCII")));
        };
        if matches!(name.as_str(), "x-amz-copy-source" | "x-amz-rename-source") {
            check_source(value)?;
        }
    }
    check_form(method, headers)
}

/// Refuses a request with an unsigned `x-amz-*` header. Every name in `required` must be sent and
/// signed.
pub(super) fn check_signed(
    headers: &HeaderMap,
    signed: &[String],
    required: &[&str],
) -> Result<(), Violation> {
    let is_signed = |name: &str| signed.iter().any(|signed| signed == name);
    if let Some(name) = headers.keys().find(|name| is_amz(name) && !is_signed(name.as_str())) {
        return Err(Violation::denied(format!(
            "there were headers present in the request which were not signed: {name}"
        )));
    }
    match required.iter().find(|name| !headers.contains_key(**name) || !is_signed(name)) {
        Some(name) => Err(Violation::denied(format!("the header {name} must be sent and signed"))),
        None => Ok(()),
    }
}

/// Checks the value of `x-amz-content-sha256`, if it is sent.
pub(super) fn check_payload(headers: &HeaderMap) -> Result<(), Violation> {
    let Some(value) = headers.get("x-amz-content-sha256") else { return Ok(()) };
    match value.as_bytes() {
        b"UNSIGNED-PAYLOAD" | b"STREAMING-UNSIGNED-PAYLOAD-TRAILER" => Ok(()),
        hash if is_lower_hex(hash) => Ok(()),
        other if other.starts_with(b"STREAMING-") => Err(Violation::new(
            Code::NotImplemented,
            "signed chunks are not supported: send STREAMING-UNSIGNED-PAYLOAD-TRAILER",
        )),
        _ => Err(invalid(
            "x-amz-content-sha256 must be 64 lower-case hex digits, UNSIGNED-PAYLOAD or \
             STREAMING-UNSIGNED-PAYLOAD-TRAILER",
        )),
    }
}

fn check_name(name: &HeaderName) -> Result<(), Violation> {
    let name = name.as_str();
    if name.contains('_') {
        return Err(invalid(format!("the header name {name} holds an underscore")));
    }
    if name == "x-amz-security-token" {
        return Err(Violation::new(Code::InvalidToken, "this storage knows no session tokens"));
    }
    if FOREIGN.into_iter().any(|foreign| name.starts_with(foreign)) {
        return Err(invalid(format!("the header {name} is not supported")));
    }
    Ok(())
}

/// Refuses forms: POST policies and STS calls are authenticated by their body.
fn check_form(method: &Method, headers: &HeaderMap) -> Result<(), Violation> {
    let is_form = |value: &HeaderValue| {
        let value = value.as_bytes().trim_ascii().to_ascii_lowercase();
        value.starts_with(b"multipart/") || value.starts_with(b"application/x-www-form-urlencoded")
    };
    if method == Method::POST && headers.get_all(header::CONTENT_TYPE).iter().any(is_form) {
        return Err(Violation::denied("forms are not supported"));
    }
    Ok(())
}

fn is_amz(name: &HeaderName) -> bool {
    name.as_str().starts_with("x-amz-")
}

/// Whether the header is one that a signature covers, or that carries the signature.
fn is_covered(name: &HeaderName) -> bool {
    is_amz(name) || name == header::HOST || name == header::AUTHORIZATION
}

fn is_lower_hex(hash: &[u8]) -> bool {
    hash.len() == 64 && hash.iter().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

fn invalid(message: impl Into<String>) -> Violation {
    Violation::new(Code::InvalidArgument, message)
}
