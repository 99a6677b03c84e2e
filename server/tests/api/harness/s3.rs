//! S3 requests, as an application describes them to Cargo.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sail_cargo_client::protocol::SignRequest;
use sha2::{Digest as _, Sha256};

/// The store's path-style endpoint.
pub(crate) const ENDPOINT: &str = "http://s3.local:9000";
/// The store's virtual-hosted endpoint.
pub(crate) const VIRTUAL_HOST: &str = "https://s3.example.com";
/// The store's region.
pub(crate) const REGION: &str = "eu-test-1";

/// SHA-256 of nothing.
pub(crate) const EMPTY_SHA256: &str =
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

/// One S3 request; without a body, unless told otherwise.
#[derive(Debug, Clone)]
pub(crate) struct S3(pub(crate) SignRequest);

impl S3 {
    /// To the path-style endpoint.
    pub(crate) fn new(method: &str, path: &str) -> Self {
        Self::to(method, &format!("{ENDPOINT}{path}"))
    }

    /// To any URL.
    pub(crate) fn to(method: &str, url: &str) -> Self {
        Self(SignRequest {
            method: method.to_owned(),
            url: url.to_owned(),
            headers: Vec::new(),
            payload: Some(EMPTY_SHA256.to_owned()),
            body: None,
        })
    }

    pub(crate) fn header(mut self, name: &str, value: &str) -> Self {
        self.0.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Declares the payload.
    pub(crate) fn payload(mut self, payload: &str) -> Self {
        self.0.payload = Some(payload.to_owned());
        self
    }

    /// Declares the hash of `body`, and keeps the body to itself.
    pub(crate) fn hashed(self, body: &str) -> Self {
        self.payload(&hex::encode(Sha256::digest(body)))
    }

    /// Sends `body` along and lets Cargo hash it.
    pub(crate) fn body(mut self, body: &str) -> Self {
        self.0.payload = None;
        self.0.body = Some(STANDARD.encode(body));
        self
    }
}
