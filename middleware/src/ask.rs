//! Converts an SDK request to a signing request.

use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use sail_cargo_client::protocol::SignRequest;

use crate::declared::DeclaredRequest;
use crate::{RemoteSigningError, headers};

/// The signing request for `request`: the exact bytes of its URI, and every header that a signature
/// may cover.
pub(crate) fn about(
    request: &HttpRequest,
    declared: &DeclaredRequest,
) -> Result<SignRequest, RemoteSigningError> {
    let mut lines = headers::lines(request.headers())?;
    lines.retain(|(name, _)| headers::may_be_signed(name));
    Ok(SignRequest {
        method: request.method().to_owned(),
        url: request.uri().to_owned(),
        headers: lines,
        payload: Some(declared.payload.clone()),
        body: declared.body.clone(),
    })
}
