//! From proof to signature: thin over `aws-sigv4`, with S3's settings.

use std::collections::BTreeMap;
use std::time::{Duration, SystemTime};

use aws_credential_types::Credentials;
use aws_sigv4::http_request::{
    PayloadChecksumKind, PercentEncodingMode, SignableBody, SignableRequest, SignatureLocation,
    SigningInstructions, SigningParams, SigningSettings, UriPathNormalizationMode,
    sign as sign_request,
};
use aws_sigv4::sign::v4;
use chrono::{DateTime, TimeDelta, Utc};

use super::decide::Approved;
use super::s3::{Lifetime, Payload, S3Request, percent};
use super::secret::Secret;

/// How long S3 accepts a header signature after its date.
pub const HEADER_LIFETIME: TimeDelta = TimeDelta::minutes(15);

/// The keys of a store, unsealed for one signature.
#[derive(Debug, Clone)]
pub struct StoreCredentials {
    /// The access key id. Not secret: it is part of every signature.
    pub access_key_id: String,
    /// The secret access key.
    pub secret_access_key: Secret,
    /// The region in the signature's scope.
    pub region: String,
}

/// What to put on a request so that S3 accepts it.
#[derive(Clone, PartialEq, Eq)]
pub struct Signature {
    /// `authorization`, `x-amz-date` and `x-amz-content-sha256`.
    pub headers: BTreeMap<String, String>,
    /// Until when S3 accepts it.
    pub expires_at: DateTime<Utc>,
}

/// Shows when it ends, never what it is.
impl std::fmt::Debug for Signature {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Signature").field("expires_at", &self.expires_at).finish_non_exhaustive()
    }
}

/// The signer refused its own input: a defect, never the caller's fault.
#[derive(Debug, thiserror::Error)]
#[error("signing failed: {0}")]
pub struct SigningFailed(String);

/// Signs the request that was approved, at `now`, for service `s3` (SigV4, header form).
///
/// # Errors
/// Only where `aws-sigv4` refuses what [`super::s3::S3Request`] let through.
pub fn sign(
    approved: &Approved<'_>,
    credentials: &StoreCredentials,
    now: DateTime<Utc>,
) -> Result<Signature, SigningFailed> {
    let request = approved.request();
    let instructions =
        instruct(request, request.url(), request.headers(), credentials, s3_settings(), now)?;
    let headers = instructions
        .headers()
        .map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()))
        .collect();
    Ok(Signature { headers, expires_at: now + HEADER_LIFETIME })
}

/// A URL that works for whoever holds it, until it ends.
#[derive(Clone, PartialEq, Eq)]
pub struct PresignedUrl {
    /// The URL, signature included.
    pub url: String,
    /// What must be sent with it.
    pub headers: BTreeMap<String, String>,
    /// When it ends.
    pub expires_at: DateTime<Utc>,
}

/// Shows when it ends, never what it is.
impl std::fmt::Debug for PresignedUrl {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PresignedUrl").field("expires_at", &self.expires_at).finish_non_exhaustive()
    }
}

/// Signs the request that was approved into its URL (SigV4, query form), for as long as was
/// settled.
///
/// # Errors
/// Only where `aws-sigv4` refuses what [`super::s3::S3Request`] let through.
pub fn presign(
    approved: &Approved<'_>,
    lifetime: Lifetime,
    credentials: &StoreCredentials,
    now: DateTime<Utc>,
) -> Result<PresignedUrl, SigningFailed> {
    let request = approved.request();
    let headers = presigned_headers(request);
    let mut url = request.url().to_owned();
    if let Payload::Sha256(hex) = request.payload() {
        push_parameter(&mut url, "X-Amz-Content-Sha256", hex);
    }
    let mut settings = s3_settings();
    settings.signature_location = SignatureLocation::QueryParams;
    settings.expires_in = Some(Duration::from_secs(lifetime.seconds()));
    let instructions = instruct(request, &url, &headers, credentials, settings, now)?;
    for (name, value) in instructions.params() {
        push_parameter(&mut url, name, value);
    }
    let expires_at = lifetime.end(now);
    Ok(PresignedUrl { url, headers: headers.into_iter().collect(), expires_at })
}

fn push_parameter(url: &mut String, name: &str, value: &str) {
    url.push(if url.contains('?') { '&' } else { '?' });
    url.push_str(name);
    url.push('=');
    percent::encode_into(url, value);
}

/// Two headers never enter a presigned signature, so nobody may send them.
fn presigned_headers(request: &S3Request) -> Vec<(String, String)> {
    let unsigned = |name: &str| matches!(name, "x-amz-user-agent" | "x-amz-checksum-mode");
    request.headers().iter().filter(|(name, _)| !unsigned(name)).cloned().collect()
}

/// Private, so that nothing but the two above hands it a request: they have the proof.
fn instruct(
    request: &S3Request,
    url: &str,
    headers: &[(String, String)],
    credentials: &StoreCredentials,
    settings: SigningSettings,
    now: DateTime<Utc>,
) -> Result<SigningInstructions, SigningFailed> {
    let failed = |error: &dyn std::fmt::Display| SigningFailed(error.to_string());
    let identity = Credentials::new(
        &credentials.access_key_id,
        credentials.secret_access_key.expose(),
        None,
        None,
        "store",
    )
    .into();
    let params = v4::SigningParams::builder()
        .identity(&identity)
        .region(&credentials.region)
        .name("s3")
        .time(system_time(now))
        .settings(settings)
        .build()
        .map_err(|error| failed(&error))?;
    let signable = SignableRequest::new(
        request.method().as_str(),
        url,
        headers.iter().map(|(name, value)| (name.as_str(), value.as_str())),
        SignableBody::Precomputed(request.payload().as_str().to_owned()),
    )
    .map_err(|error| failed(&error))?;
    let signed =
        sign_request(signable, &SigningParams::V4(params)).map_err(|error| failed(&error))?;
    Ok(signed.into_parts().0)
}

/// S3 encodes once and normalises nothing, unlike every other AWS service, and wants the
/// payload hash as a header.
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html>
fn s3_settings() -> SigningSettings {
    let mut settings = SigningSettings::default();
    settings.percent_encoding_mode = PercentEncodingMode::Single;
    settings.uri_path_normalization_mode = UriPathNormalizationMode::Disabled;
    settings.payload_checksum_kind = PayloadChecksumKind::XAmzSha256;
    settings
}

fn system_time(now: DateTime<Utc>) -> SystemTime {
    let micros = u64::try_from(now.timestamp_micros()).unwrap_or_default();
    SystemTime::UNIX_EPOCH + Duration::from_micros(micros)
}
