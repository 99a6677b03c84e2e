//! Headers: which ones are signed, and which ones Cargo may set.

use aws_smithy_runtime_api::http::Headers;

use crate::RemoteSigningError;

pub(crate) const AUTHORIZATION: &str = "authorization";
pub(crate) const X_AMZ_CONTENT_SHA256: &str = "x-amz-content-sha256";
const X_AMZ_SECURITY_TOKEN: &str = "x-amz-security-token";

/// Headers that change in transit or on each retry, or describe the connection. S3 accepts these
/// unsigned, but no `x-amz-*` header.
const NEVER_SIGNED: [&str; 10] = [
    "accept-encoding",
    "amz-sdk-invocation-id",
    "amz-sdk-request",
    AUTHORIZATION,
    "connection",
    "expect",
    "te",
    "transfer-encoding",
    "user-agent",
    "x-amzn-trace-id",
];

/// Headers that Cargo may set on a request.
const SET_BY_CARGO: [&str; 4] =
    [AUTHORIZATION, "x-amz-date", X_AMZ_CONTENT_SHA256, X_AMZ_SECURITY_TOKEN];

pub(crate) fn may_be_signed(name: &str) -> bool {
    !NEVER_SIGNED.contains(&name)
}

pub(crate) fn may_be_set_by_cargo(name: &str) -> bool {
    SET_BY_CARGO.contains(&name)
}

pub(crate) fn is_secret(name: &str) -> bool {
    [AUTHORIZATION, X_AMZ_SECURITY_TOKEN].contains(&name)
}

/// Name and value of every header, one line per name. The SDK repeats some headers
/// (`content-encoding`, `x-amz-object-attributes`). A list in one line means the same (RFC 9110,
/// section 5.3), has the same signature, and cannot be misread.
pub(crate) fn lines(headers: &Headers) -> Result<Vec<(String, String)>, RemoteSigningError> {
    let mut lines: Vec<(String, String)> = Vec::with_capacity(headers.len());
    for (name, value) in headers.iter_bytes() {
        let name = name.to_ascii_lowercase();
        let value = std::str::from_utf8(value).map_err(|_| not_utf8(&name))?;
        match lines.iter_mut().find(|(known, _)| *known == name) {
            Some((_, list)) => {
                list.push(',');
                list.push_str(value);
            }
            None => lines.push((name, value.to_owned())),
        }
    }
    Ok(lines)
}

fn not_utf8(name: &str) -> RemoteSigningError {
    let message = format!("the header `{name}` is not UTF-8");
    RemoteSigningError::Invalid { code: None, message }
}
