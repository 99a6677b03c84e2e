//! HTTP responses, read completely.

use std::time::Duration;

use bytes::Bytes;
use reqwest::header::{HeaderMap, RETRY_AFTER};
use reqwest::{Response, StatusCode};
use serde::de::DeserializeOwned;

use crate::Error;

/// A response whose body was read to the end, so that the connection can be reused.
pub(crate) struct FullResponse {
    pub(crate) status: StatusCode,
    pub(crate) retry_after: Option<Duration>,
    pub(crate) body: Bytes,
}

impl FullResponse {
    pub(crate) async fn read(response: Response) -> Result<Self, Error> {
        let (status, retry_after) = (response.status(), seconds(response.headers()));
        let body = response.bytes().await.map_err(Error::from_http)?;
        Ok(Self { status, retry_after, body })
    }

    /// A response that was read by other means.
    pub(crate) fn new(status: StatusCode, headers: &HeaderMap, body: Bytes) -> Self {
        Self { status, retry_after: seconds(headers), body }
    }

    /// The response if its status is a success, otherwise an error.
    pub(crate) fn success(self) -> Result<Self, Error> {
        if self.status.is_success() { Ok(self) } else { Err(self.refusal()) }
    }

    /// The error for a response whose status is not a success.
    pub(crate) fn refusal(&self) -> Error {
        Error::answered(self.status, self.retry_after, &self.body)
    }

    /// Parses the body as JSON, whatever the status.
    pub(crate) fn json<T: DeserializeOwned>(&self) -> Result<T, Error> {
        let parsed = serde_json::from_slice(&self.body);
        parsed.map_err(|cause| Error::unreadable(self.status, &self.body, cause))
    }
}

/// `Retry-After` in seconds (RFC 9110, section 10.2.3). Ignores the form with a date.
fn seconds(headers: &HeaderMap) -> Option<Duration> {
    let value = headers.get(RETRY_AFTER)?.to_str().ok()?;
    value.trim().parse().ok().map(Duration::from_secs)
}
