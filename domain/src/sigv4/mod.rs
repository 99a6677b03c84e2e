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
use super::s3::{Lifetime, Payload, percent};
use crate::limits;

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

/// Signs the request that was approved, at `now`, for service `s3`, in its headers. Cannot fail.
///
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html>
pub fn sign(
    approved: &Approved<'_>,
    credentials: &StoreCredentials,
    now: DateTime<Utc>,
) -> Signature {
    let (request, key) = (approved.request(), credentials.key(now));
    let (stamp, payload) = (stamp::write(now), approved.payload());
    let made = [("x-amz-content-sha256", payload), ("x-amz-date", &stamp)];
    let headers = SignedHeaders::new(request.url(), request.headers().iter().map(pair).chain(made));
    let names = headers.names();
    let target = Target::of_url(request.url());
    let canonical =
        canonical::request(request.method().as_str(), target, &headers, &names, payload);
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

/// Signs the request that was approved into its URL, for as long as was settled. Cannot fail.
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
    /// Which of the headers that were asked for the signature leaves out, by lower-case name. The
    /// host is in the URL.
    pub fn leaves_out(&self, asked: &[(String, String)]) -> Vec<String> {
        let names = asked.iter().map(|(name, _)| name.to_ascii_lowercase());
        names.filter(|name| name != "host" && !self.headers.contains_key(name)).collect()
    }
}

fn pair((name, value): &(String, String)) -> (&str, &str) {
    (name, value)
}

/// Two headers never enter a presigned signature, so nobody may send them.
fn is_presigned(name: &str) -> bool {
    !matches!(name, "x-amz-user-agent" | "x-amz-checksum-mode")
}

fn push_parameter(url: &mut String, name: &str, value: &str) {
    url.push(if url.contains('?') { '&' } else { '?' });
    url.push_str(name);
    url.push('=');
    percent::encode_into(url, value);
}
