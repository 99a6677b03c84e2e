//! Signs requests to the gateway with a session: the answer is the one that Cargo would give.

use std::collections::BTreeMap;
use std::time::Duration;

use aws_sigv4::http_request::{
    PayloadChecksumKind, PercentEncodingMode, SignableBody, SignableRequest, SignatureLocation,
    SigningInstructions, SigningSettings, UriPathNormalizationMode, sign,
};
use aws_sigv4::sign::v4;
use sail_cargo_client::protocol::{PresignRequest, SignRequest, SignResponse};

use super::sessions::Session;
use crate::RemoteSigningError;

/// What the signer sets by itself.
const OWN: [&str; 5] =
    ["authorization", "host", "x-amz-content-sha256", "x-amz-date", "x-amz-security-token"];

/// The headers that sign `ask` with `session`.
pub(super) fn in_headers(
    ask: &SignRequest,
    session: &Session,
    region: &str,
) -> Result<SignResponse, RemoteSigningError> {
    let payload = ask.payload.clone().unwrap_or_default();
    let mut settings = settings();
    settings.payload_checksum_kind = PayloadChecksumKind::XAmzSha256;
    let parts = (ask.method.as_str(), ask.url.as_str(), ask.headers.as_slice());
    let signed = signed(parts, SignableBody::Precomputed(payload), settings, (session, region))?;
    let own = |(name, value): (&str, &str)| (name.to_owned(), value.to_owned());
    Ok(SignResponse {
        headers: signed.headers().map(own).collect::<BTreeMap<_, _>>(),
        remove_headers: Vec::new(),
        url: ask.url.clone(),
        operation: String::new(),
        expires_at: session.ends_at,
        revision: String::new(),
        claim: None,
    })
}

/// The URL that `session` presigns for `wanted`, which is addressed to the gateway.
pub(super) fn in_query(
    wanted: &PresignRequest,
    life: Duration,
    (session, region): (&Session, &str),
) -> Result<String, RemoteSigningError> {
    let mut settings = settings();
    settings.signature_location = SignatureLocation::QueryParams;
    settings.expires_in = Some(life);
    let parts = (wanted.method.as_str(), wanted.url.as_str(), wanted.headers.as_slice());
    let signed = signed(parts, SignableBody::UnsignedPayload, settings, (session, region))?;
    let request = http::Request::builder().uri(&wanted.url).body(());
    let mut request = request.map_err(|error| cannot(&error))?;
    signed.apply_to_request_http1x(&mut request);
    Ok(request.uri().to_string())
}

/// As S3 signs: the path as it is sent.
fn settings() -> SigningSettings {
    let mut settings = SigningSettings::default();
    settings.percent_encoding_mode = PercentEncodingMode::Single;
    settings.uri_path_normalization_mode = UriPathNormalizationMode::Disabled;
    settings
}

fn signed(
    (method, url, headers): (&str, &str, &[(String, String)]),
    body: SignableBody<'_>,
    settings: SigningSettings,
    (session, region): (&Session, &str),
) -> Result<SigningInstructions, RemoteSigningError> {
    let headers = headers.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    let headers = headers.filter(|(name, _)| !OWN.contains(name));
    let request = SignableRequest::new(method, url, headers, body);
    let request = request.map_err(|error| cannot(&error))?;
    let identity = session.credentials.clone().into();
    let params = v4::SigningParams::builder()
        .identity(&identity)
        .region(region)
        .name("s3")
        .time(session.now)
        .settings(settings)
        .build();
    let params = params.map_err(|error| cannot(&error))?.into();
    Ok(sign(request, &params).map_err(|error| cannot(&error))?.into_parts().0)
}

fn cannot(error: &dyn std::error::Error) -> RemoteSigningError {
    let message = format!("it cannot be signed for the gateway: {error}");
    RemoteSigningError::Invalid { code: None, message }
}
