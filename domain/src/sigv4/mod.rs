//! Signature Version 4 with S3's settings. Signing cannot fail: every
//! [`S3Request`](crate::S3Request) can be signed.
//!
//! `tests/signer` compares the signatures byte by byte with those of `aws-sigv4` and with the
//! published examples.

mod canonical;
mod credentials;
mod guarded;
mod key;

use std::collections::BTreeMap;

use chrono::{DateTime, Datelike as _, Timelike as _, Utc};

use self::canonical::SignedHeaders;
pub use self::credentials::StoreCredentials;
pub use self::guarded::GuardedCredentials;
use self::key::ALGORITHM;
use super::decide::Approved;
use super::s3::{Lifetime, Payload, percent};
use crate::limits;

/// Headers that make S3 accept a request.
#[derive(Clone, PartialEq, Eq)]
pub struct Signature {
    /// `authorization`, `x-amz-date` and `x-amz-content-sha256`.
    pub headers: BTreeMap<String, String>,
    /// Until when S3 accepts the signature.
    pub expires_at: DateTime<Utc>,
}

/// Prints the end of the signature, never the signature.
impl std::fmt::Debug for Signature {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Signature").field("expires_at", &self.expires_at).finish_non_exhaustive()
    }
}

/// A presigned URL: it works for everybody who has it, until it expires.
#[derive(Clone, PartialEq, Eq)]
pub struct PresignedUrl {
    /// The URL, signature included.
    pub url: String,
    /// The headers that must be sent with the URL.
    pub headers: BTreeMap<String, String>,
    /// When the URL expires.
    pub expires_at: DateTime<Utc>,
}

/// Prints the end of the URL, never the URL.
impl std::fmt::Debug for PresignedUrl {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PresignedUrl").field("expires_at", &self.expires_at).finish_non_exhaustive()
    }
}

/// Signs an approved request in its headers at `now`, for the service `s3`. Cannot fail.
///
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html>
pub fn sign(
    approved: &Approved<'_>,
    credentials: &StoreCredentials,
    now: DateTime<Utc>,
) -> Signature {
    let (request, key) = (approved.request(), credentials.key(now));
    let (stamp, payload) = (stamp(now), approved.payload());
    let made = [("x-amz-content-sha256", payload), ("x-amz-date", &stamp)];
    let headers = SignedHeaders::new(request.url(), request.headers().iter().map(pair).chain(made));
    let names = headers.names();
    let canonical =
        canonical::request(request.method().as_str(), request.url(), &headers, &names, payload);
    let signature = key.sign(&stamp, &canonical);
    let authorization = [
        ALGORITHM,
        " Credential=",
        credentials.access_key_id(),
        "/",
        key.scope(),
        ", SignedHeaders=",
        &names,
        ", Signature=",
        &signature,
    ]
    .concat();
    let headers = BTreeMap::from([
        ("authorization".to_owned(), authorization),
        ("x-amz-content-sha256".to_owned(), payload.to_owned()),
        ("x-amz-date".to_owned(), stamp),
    ]);
    Signature { headers, expires_at: now + limits::SIGNATURE_LIFETIME }
}

/// Signs an approved request in its URL, for the given lifetime. Cannot fail.
///
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html>
pub fn presign(
    approved: &Approved<'_>,
    lifetime: Lifetime,
    credentials: &StoreCredentials,
    now: DateTime<Utc>,
) -> PresignedUrl {
    let (request, key) = (approved.request(), credentials.key(now));
    let sent: BTreeMap<String, String> =
        request.headers().iter().filter(|(name, _)| is_presigned(name)).cloned().collect();
    let headers =
        SignedHeaders::new(request.url(), sent.iter().map(|(name, value)| (&**name, &**value)));
    let names = headers.names();
    let mut url = request.url().to_owned();
    if let Payload::Sha256(hex) = request.payload() {
        push_parameter(&mut url, "X-Amz-Content-Sha256", hex);
    }
    push_parameter(&mut url, "X-Amz-Algorithm", ALGORITHM);
    let credential = [credentials.access_key_id(), "/", key.scope()].concat();
    push_parameter(&mut url, "X-Amz-Credential", &credential);
    let stamp = stamp(now);
    push_parameter(&mut url, "X-Amz-Date", &stamp);
    push_parameter(&mut url, "X-Amz-Expires", &lifetime.seconds().to_string());
    push_parameter(&mut url, "X-Amz-SignedHeaders", &names);
    let (method, payload) = (request.method().as_str(), request.payload().as_str());
    let canonical = canonical::request(method, &url, &headers, &names, payload);
    push_parameter(&mut url, "X-Amz-Signature", &key.sign(&stamp, &canonical));
    PresignedUrl { url, headers: sent, expires_at: lifetime.end(now) }
}

impl PresignedUrl {
    /// The lower-case names of the requested headers that the signature does not include. `host` is
    /// not among them: it is in the URL.
    pub fn leaves_out(&self, asked: &[(String, String)]) -> Vec<String> {
        let names = asked.iter().map(|(name, _)| name.to_ascii_lowercase());
        names.filter(|name| name != "host" && !self.headers.contains_key(name)).collect()
    }
}

fn pair((name, value): &(String, String)) -> (&str, &str) {
    (name, value)
}

/// Whether a header enters a presigned signature. Two do not, so that clients must not send them.
fn is_presigned(name: &str) -> bool {
    !matches!(name, "x-amz-user-agent" | "x-amz-checksum-mode")
}

fn push_parameter(url: &mut String, name: &str, value: &str) {
    url.push(if url.contains('?') { '&' } else { '?' });
    url.push_str(name);
    url.push('=');
    percent::encode_into(url, value);
}

/// The time as `YYYYMMDDThhmmssZ`.
fn stamp(now: DateTime<Utc>) -> String {
    let (year, month, day) = (now.year(), now.month(), now.day());
    let (hour, minute, second) = (now.hour(), now.minute(), now.second());
    format!("{year:04}{month:02}{day:02}T{hour:02}{minute:02}{second:02}Z")
}
