//! How the server is doing. No credentials are sent.

use reqwest::StatusCode;
use sail_cargo_protocol::{Readiness, Version};

use crate::{Client, Error};

impl Client {
    /// Whether the server runs at all (`GET /livez`).
    pub async fn live(&self) -> Result<(), Error> {
        self.open(self.get(&["livez"])?).await?.success().map(drop)
    }

    /// Whether the server can do its work, and what keeps it from it (`GET /readyz`). A server
    /// which says in so many words that it is not ready is an answer, not an error.
    pub async fn ready(&self) -> Result<Readiness, Error> {
        let answer = self.open(self.get(&["readyz"])?).await?;
        match answer.json() {
            Ok(readiness) if answer.status == StatusCode::SERVICE_UNAVAILABLE => Ok(readiness),
            read => answer.success().and(read),
        }
    }

    /// Which release the server is (`GET /version`).
    pub async fn version(&self) -> Result<Version, Error> {
        self.open(self.get(&["version"])?).await?.success()?.json()
    }

    /// The contract of the REST API, in YAML (`GET /openapi.yaml`).
    pub async fn openapi(&self) -> Result<String, Error> {
        let answer = self.open(self.get(&["openapi.yaml"])?).await?.success()?;
        match str::from_utf8(&answer.body) {
            Ok(text) => Ok(text.to_owned()),
            Err(cause) => Err(Error::unreadable(answer.status, &answer.body, cause)),
        }
    }
}
