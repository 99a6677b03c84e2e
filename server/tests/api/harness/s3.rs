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

/// The SHA-256 of the empty string.
pub(crate) const EMPTY_SHA256: &str =
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

/// An S3 request, without a body by default.
#[derive(Debug, Clone)]
pub(crate) struct S3(pub(crate) SignRequest);

impl S3 {
    /// A request to the path-style endpoint.
    pub(crate) fn new(method: &str, path: &str) -> Self {
        Self::to(method, &format!("{ENDPOINT}{path}"))
    }

    /// A request to any URL.
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

    /// Sets the declared payload.
    pub(crate) fn payload(mut self, payload: &str) -> Self {
        self.0.payload = Some(payload.to_owned());
        self
    }

    /// Declares the hash of `body`, without sending the body.
    pub(crate) fn hashed(self, body: &str) -> Self {
        self.payload(&hex::encode(Sha256::digest(body)))
    }

    /// Sends `body` along for Cargo to hash.
    pub(crate) fn body(mut self, body: &str) -> Self {
        self.0.payload = None;
        self.0.body = Some(STANDARD.encode(body));
        self
    }
}
