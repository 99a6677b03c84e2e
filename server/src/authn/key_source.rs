//! Where the auth service publishes its keys, and how they are fetched.

use std::path::PathBuf;

use crate::domain::limits;
use crate::outbound::cause;
use crate::service::{PublicKey, Service};

/// The place where the keys are published.
#[derive(Debug, Clone)]
pub enum KeySource {
    /// An `https` URL, or an `http` URL on the loopback interface.
    Url(reqwest::Url),
    /// A file on this machine.
    File(PathBuf),
    /// The signing keys of the server's own accounts, in its database.
    Accounts(Service),
}

impl KeySource {
    /// Parses a URL or `file:path`.
    ///
    /// # Errors
    /// The text is no URL, or it is an `http` URL of another machine: an attacker on the network
    /// could replace the keys and so create users.
    pub fn parse(text: &str) -> Result<Self, String> {
        if let Some(path) = text.strip_prefix("file:") {
            return Ok(Self::File(path.strip_prefix("//").unwrap_or(path).into()));
        }
        let url = reqwest::Url::parse(text).map_err(|error| error.to_string())?;
        let loopback = matches!(url.host_str(), Some("localhost" | "127.0.0.1" | "[::1]"));
        match url.scheme() {
            "https" => Ok(Self::Url(url)),
            "http" if loopback => Ok(Self::Url(url)),
            _ => Err("keys are fetched over https, or http from this machine only".to_owned()),
        }
    }

    /// Fetches the published document.
    ///
    /// # Errors
    /// The file cannot be read, or the auth service does not answer with a text of at most 256 KiB.
    pub(super) async fn fetch(&self, http: &reqwest::Client) -> Result<String, String> {
        match self {
            Self::File(path) => {
                tokio::fs::read_to_string(path).await.map_err(|error| error.to_string())
            }
            Self::Url(url) => download(http, url).await,
            Self::Accounts(service) => {
                let keys = service.signing_keys().await.map_err(|error| error.to_string())?;
                Ok(key_document(&keys).to_string())
            }
        }
    }
}

/// The JWK Set (RFC 7517 §5) of the server's own signing keys.
pub fn key_document(keys: &[PublicKey]) -> serde_json::Value {
    let member = |key: &PublicKey| {
        serde_json::json!({
            "kty": "RSA",
            "use": "sig",
            "alg": "RS256",
            "kid": key.dates.kid,
            "n": key.modulus,
            "e": key.exponent,
        })
    };
    serde_json::json!({ "keys": keys.iter().map(member).collect::<Vec<_>>() })
}

async fn download(http: &reqwest::Client, url: &reqwest::Url) -> Result<String, String> {
    let mut response = http.get(url.clone()).send().await.map_err(cause)?;
    if response.status() != reqwest::StatusCode::OK {
        return Err(format!("the auth service answered {}", response.status()));
    }
    let mut document = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(cause)? {
        if document.len() + chunk.len() > limits::MAX_KEY_DOCUMENT {
            return Err("the auth service answered more than 256 KiB".to_owned());
        }
        document.extend_from_slice(&chunk);
    }
    String::from_utf8(document).map_err(|_| "the auth service's answer is not text".to_owned())
}
