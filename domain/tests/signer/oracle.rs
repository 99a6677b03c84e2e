//! Signatures by `aws-sigv4`, with S3's settings.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::time::{Duration, SystemTime};

use aws_credential_types::Credentials;
use aws_sigv4::http_request::{
    PayloadChecksumKind, PercentEncodingMode, SignableBody, SignableRequest, SignatureLocation,
    SigningInstructions, SigningParams, SigningSettings, UriPathNormalizationMode,
    sign as sign_request,
};
use aws_sigv4::sign::v4;
use chrono::{DateTime, Utc};
use sail_cargo_domain::Approved;
use sail_cargo_domain::s3::{Payload, S3Request};

/// Credentials and region.
#[derive(Debug, Clone)]
pub(crate) struct Keys {
    pub(crate) id: String,
    pub(crate) secret: String,
    pub(crate) region: String,
}

impl Keys {
    /// The headers that `aws-sigv4` adds.
    pub(crate) fn sign(
        &self,
        approved: &Approved<'_>,
        now: DateTime<Utc>,
    ) -> BTreeMap<String, String> {
        let (request, payload) = (approved.request(), approved.payload());
        let target = (request.url(), request.headers(), payload);
        let made = self.instruct(request, target, settings(), now);
        let headers = made.headers();
        headers.map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
    }

    /// The URL that `aws-sigv4` makes, and the headers that must be sent with it.
    pub(crate) fn presign(
        &self,
        request: &S3Request,
        expires_in: Duration,
        now: DateTime<Utc>,
    ) -> (String, BTreeMap<String, String>) {
        let unsigned = ["x-amz-user-agent", "x-amz-checksum-mode"];
        let mut headers = request.headers().to_vec();
        headers.retain(|(name, _)| !unsigned.contains(&name.as_str()));
        let mut url = request.url().to_owned();
        if let Payload::Sha256(hex) = request.payload() {
            push(&mut url, "X-Amz-Content-Sha256", hex);
        }
        let mut settings = settings();
        settings.signature_location = SignatureLocation::QueryParams;
        settings.expires_in = Some(expires_in);
        let target = (&*url, &*headers, request.payload().as_str());
        let made = self.instruct(request, target, settings, now);
        for (name, value) in made.params() {
            push(&mut url, name, value);
        }
        (url, headers.into_iter().collect())
    }

    fn instruct(
        &self,
        request: &S3Request,
        (url, headers, payload): (&str, &[(String, String)], &str),
        settings: SigningSettings,
        now: DateTime<Utc>,
    ) -> SigningInstructions {
        let identity = Credentials::new(&self.id, &self.secret, None, None, "store").into();
        let micros = u64::try_from(now.timestamp_micros()).unwrap();
        let params = v4::SigningParams::builder()
            .identity(&identity)
            .region(&self.region)
            .name("s3")
            .time(SystemTime::UNIX_EPOCH + Duration::from_micros(micros))
            .settings(settings)
            .build()
            .unwrap();
        let signable = SignableRequest::new(
            request.method().as_str(),
            url,
            headers.iter().map(|(name, value)| (name.as_str(), value.as_str())),
            SignableBody::Precomputed(payload.to_owned()),
        )
        .unwrap();
        sign_request(signable, &SigningParams::V4(params)).unwrap().into_parts().0
    }
}

/// Settings for S3: unlike other AWS services, it encodes once, normalises nothing, and requires
/// the payload hash as a header.
fn settings() -> SigningSettings {
    let mut settings = SigningSettings::default();
    settings.percent_encoding_mode = PercentEncodingMode::Single;
    settings.uri_path_normalization_mode = UriPathNormalizationMode::Disabled;
    settings.payload_checksum_kind = PayloadChecksumKind::XAmzSha256;
    settings
}

fn push(url: &mut String, name: &str, value: &str) {
    url.push(if url.contains('?') { '&' } else { '?' });
    write!(url, "{name}={}", encode(value, "")).unwrap();
}

/// Encodes all but the unreserved characters and those in `keep`.
pub(crate) fn encode(text: &str, keep: &str) -> String {
    let mut encoded = String::new();
    for byte in text.bytes() {
        let plain = byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
        match plain || keep.as_bytes().contains(&byte) {
            true => encoded.push(char::from(byte)),
            false => write!(encoded, "%{byte:02X}").unwrap(),
        }
    }
    encoded
}
