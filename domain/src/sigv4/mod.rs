//! From proof to signature: Signature Version 4 with S3's settings. Every input has a signature:
//! [`S3Request`](crate::S3Request) let through nothing that could not be signed.
//!
//! Held to `aws-sigv4` byte by byte, and to the published examples, in `tests/signer`.

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
use super::respelled::Respelled;
use super::s3::{Lifetime, Method, Payload, percent};
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
    let (key, stamp) = (credentials.key(now), stamp(now));
    let made = [("x-amz-content-sha256", payload), ("x-amz-date", &stamp)];
    let headers = SignedHeaders::new(url, headers.iter().map(pair).chain(made));
    let names = headers.names();
    let canonical = canonical::request(method.as_str(), url, &headers, &names, payload);
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

/// `YYYYMMDDThhmmssZ`.
fn stamp(now: DateTime<Utc>) -> String {
    let (year, month, day) = (now.year(), now.month(), now.day());
    let (hour, minute, second) = (now.hour(), now.minute(), now.second());
    format!("{year:04}{month:02}{day:02}T{hour:02}{minute:02}{second:02}Z")
}
