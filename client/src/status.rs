//! The server's health. These requests send no credentials.

use reqwest::StatusCode;
use sail_cargo_protocol::{Readiness, Version};

use crate::{Client, Error};

impl Client {
    /// Checks that the server runs (`GET /livez`).
    pub async fn live(&self) -> Result<(), Error> {
        self.open(self.get(&["livez"])?).await?.success().map(drop)
    }

    /// Reads whether the server is ready, and what is missing (`GET /readyz`). A server that
    /// reports that it is not ready is a response, not an error.
    pub async fn ready(&self) -> Result<Readiness, Error> {
        let answer = self.open(self.get(&["readyz"])?).await?;
        match answer.json() {
            Ok(readiness) if answer.status == StatusCode::SERVICE_UNAVAILABLE => Ok(readiness),
            read => answer.success().and(read),
        }
    }

    /// Reads the version of the server (`GET /version`).
    pub async fn version(&self) -> Result<Version, Error> {
        self.open(self.get(&["version"])?).await?.success()?.json()
    }

    /// Reads the OpenAPI document of the REST API, in YAML (`GET /openapi.yaml`).
    pub async fn openapi(&self) -> Result<String, Error> {
        let answer = self.open(self.get(&["openapi.yaml"])?).await?.success()?;
        match str::from_utf8(&answer.body) {
            Ok(text) => Ok(text.to_owned()),
            Err(cause) => Err(Error::unreadable(answer.status, &answer.body, cause)),
        }
    }
}
