//! From proof to signature: Signature Version 4 with S3's settings. Every input has a signature:
//! [`S3Request`](crate::S3Request) let through nothing that could not be signed. And the way back:
//! [`inbound`] verifies what others signed, [`chunked`] reads bodies that come in chunks.
//!
//! Held to `aws-sigv4` byte by byte, and to the published examples, in `tests/signer`.

mod body;
mod canonical;
pub mod chunked;
mod credentials;
mod day_keys;
mod guarded;
pub mod inbound;
mod key;
mod proof_error;
mod stamp;

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

pub use self::body::BodyReader;
use self::canonical::{SignedHeaders, Target};
pub use self::credentials::StoreCredentials;
pub use self::day_keys::DayKeys;
pub use self::guarded::GuardedCredentials;
use self::key::ALGORITHM;
pub use self::key::SigningKey;
pub use self::proof_error::{Echo, Place, ProofError, ProofFlaw};
use super::decide::Approved;
use super::respelled::Respelled;
use super::s3::{Lifetime, Method, Payload, RawHeaders, percent};
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
    let (request, payload) = (approved.request(), approved.payload());
    in_headers((request.method(), request.url(), request.headers(), payload), credentials, now)
}

/// Signs the request that was approved, as it is written for the storage. Otherwise like [`sign`].
pub fn sign_respelled(
    respelled: &Respelled<'_>,
    credentials: &StoreCredentials,
    now: DateTime<Utc>,
) -> Signature {
    let (method, url) = (respelled.method(), respelled.url());
    in_headers((method, url, respelled.headers(), respelled.payload()), credentials, now)
}

/// What is signed: method, URL, headers and `x-amz-content-sha256`.
type Signing<'a> = (Method, &'a str, &'a [(String, String)], &'a str);

fn in_headers(
    (method, url, headers, payload): Signing<'_>,
    credentials: &StoreCredentials,
    now: DateTime<Utc>,
) -> Signature {
    let (key, stamp) = (credentials.key(now), stamp::write(now));
    let made = [("x-amz-content-sha256", payload), ("x-amz-date", &stamp)];
    let headers = SignedHeaders::new(url, headers.iter().map(pair).chain(made));
    let names = headers.names();
    let target = Target::of_url(url);
    let canonical = canonical::request(method.as_str(), target, &headers, &names, payload);
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
    let stamp = stamp::write(now);
    push_parameter(&mut url, "X-Amz-Date", &stamp);
    push_parameter(&mut url, "X-Amz-Expires", &lifetime.seconds().to_string());
    push_parameter(&mut url, "X-Amz-SignedHeaders", &names);
    let (method, payload) = (request.method().as_str(), request.payload().as_str());
    let canonical = canonical::request(method, Target::of_url(&url), &headers, &names, payload);
    push_parameter(&mut url, "X-Amz-Signature", &key.sign(&stamp, &canonical));
    PresignedUrl { url, headers: sent, expires_at: lifetime.end(now) }
}

impl PresignedUrl {
    /// The lower-case names of the requested headers that the signature does not include. `host` is
    /// not among them: it is in the URL.
    pub fn leaves_out(&self, asked: RawHeaders<'_>) -> Vec<String> {
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
