//! Where the auth service publishes its keys, and how they are fetched.

use std::path::PathBuf;

use crate::domain::limits;
use crate::outbound::cause;

/// Where the keys are published.
#[derive(Debug, Clone)]
pub enum KeySource {
    /// `https`, or `http` on the loopback interface.
    Url(reqwest::Url),
    /// A file on this machine.
    File(PathBuf),
}

impl KeySource {
    /// Reads a URL or `file:path`.
    ///
    /// # Errors
    /// Plain `http` to another machine: whoever sits between could mint users.
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

    /// The document that is published now.
    ///
    /// # Errors
    /// Why there is none.
    pub(super) async fn fetch(&self, http: &reqwest::Client) -> Result<String, String> {
        match self {
            Self::File(path) => {
                tokio::fs::read_to_string(path).await.map_err(|error| error.to_string())
            }
            Self::Url(url) => download(http, url).await,
        }
    }
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
