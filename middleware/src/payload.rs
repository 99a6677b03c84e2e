//! The form of the payload: the value of `x-amz-content-sha256`.

use aws_runtime::auth::{PayloadSigningOverride, SigV4OperationSigningConfig};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_types::config_bag::ConfigBag;
use sha2::{Digest, Sha256};

use crate::RemoteSigningError;

const UNSIGNED: &str = "UNSIGNED-PAYLOAD";
const STREAMING_UNSIGNED: &str = "STREAMING-UNSIGNED-PAYLOAD-TRAILER";

/// Chooses the form like the SDK's `SigV4Signer`. Refuses forms in which every chunk is signed.
pub(crate) fn form(request: &HttpRequest, cfg: &ConfigBag) -> Result<String, RemoteSigningError> {
    if let Some(signing) = cfg.load::<SigV4OperationSigningConfig>()
        && signing.signing_options.payload_override.is_some()
    {
        return Err(unsupported("an operation's own"));
    }
    match cfg.load::<PayloadSigningOverride>() {
        Some(PayloadSigningOverride::UnsignedPayload) => Ok(UNSIGNED.into()),
        Some(PayloadSigningOverride::StreamingUnsignedPayloadTrailer) => {
            Ok(STREAMING_UNSIGNED.into())
        }
        Some(PayloadSigningOverride::Precomputed(form)) => precomputed(form),
        Some(PayloadSigningOverride::StreamingSignedPayloadTrailer) => {
            Err(unsupported("STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER"))
        }
        Some(other) => Err(unsupported(&format!("{other:?}"))),
        None => Ok(request.body().bytes().map_or_else(|| UNSIGNED.into(), hash)),
    }
}

pub(crate) fn unsupported(form: &str) -> RemoteSigningError {
    RemoteSigningError::UnsupportedPayload { form: form.into() }
}

fn precomputed(form: &str) -> Result<String, RemoteSigningError> {
    let hash = form.len() == 64 && form.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
    if hash || [UNSIGNED, STREAMING_UNSIGNED].contains(&form) {
        return Ok(form.into());
    }
    Err(unsupported(form))
}

pub(crate) fn hash(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}
