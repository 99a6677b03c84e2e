//! Refusals of the gateway, as errors of the oracle.

use aws_smithy_runtime_api::client::orchestrator::HttpResponse;

use crate::{RemoteSigningError, percent};

/// Status and code that the oracle has for the refusal: `403 no_permission`.
const REFUSAL: &str = "x-cargo-refusal";
/// The sentence, percent-encoded.
const MESSAGE: &str = "x-cargo-message";

/// Why Cargo refused, if `response` is a refusal of Cargo's own and not an answer of the storage, whose
/// headers with these names the gateway drops.
pub(super) fn of(response: &HttpResponse) -> Option<RemoteSigningError> {
    let (status, code) = response.headers().get(REFUSAL)?.split_once(' ')?;
    let message = response.headers().get(MESSAGE).map(percent::decode).unwrap_or_default();
    Some(RemoteSigningError::answered(status.parse().ok()?, Some(code.to_owned()), message))
}

#[cfg(test)]
mod tests {
    use aws_smithy_types::body::SdkBody;

    use super::*;

    fn read(refusal: &str, message: &str) -> Option<RemoteSigningError> {
        let status = aws_smithy_runtime_api::http::StatusCode::try_from(403).unwrap();
        let mut response = HttpResponse::new(status, SdkBody::empty());
        response.headers_mut().insert(REFUSAL, refusal.to_owned());
        response.headers_mut().insert(MESSAGE, message.to_owned());
        of(&response)
    }

    #[test]
    fn a_refusal_is_the_error_that_the_oracle_has_for_it() {
        let (code, message) = (Some("no_permission".to_owned()), "100% of ü".to_owned());
        let denied = RemoteSigningError::Denied { code, message };
        assert_eq!(read("403 no_permission", "100%25 of %C3%BC"), Some(denied));
        let is = |refusal, expected: fn(&RemoteSigningError) -> bool| {
            assert!(read(refusal, "m").is_some_and(|error| expected(&error)), "{refusal}");
        };
        is("400 header_unknown", |error| matches!(error, RemoteSigningError::Invalid { .. }));
        is("401 session_ended", |error| {
            matches!(error, RemoteSigningError::Unauthenticated { .. })
        });
        is("503 bucket_unsettled", |error| matches!(error, RemoteSigningError::Unavailable { .. }));
        for none in ["", "403", "x no_permission"] {
            assert_eq!(read(none, "m"), None, "{none}");
        }
    }
}
