//! An answer, read to its end.

use std::time::Duration;

use bytes::Bytes;
use reqwest::header::{HeaderMap, RETRY_AFTER};
use reqwest::{Response, StatusCode};
use serde::de::DeserializeOwned;

use crate::Error;

/// Read to its end whatever it says, so that the connection can be used again.
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

    /// An answer that was read already.
    pub(crate) fn new(status: StatusCode, headers: &HeaderMap, body: Bytes) -> Self {
        Self { status, retry_after: seconds(headers), body }
    }

    /// A success as it is; anything else as an error.
    pub(crate) fn success(self) -> Result<Self, Error> {
        if self.status.is_success() { Ok(self) } else { Err(self.refusal()) }
    }

    /// What it says that is no success.
    pub(crate) fn refusal(&self) -> Error {
        Error::answered(self.status, self.retry_after, &self.body)
    }

    /// The JSON in the body, whatever the status.
    pub(crate) fn json<T: DeserializeOwned>(&self) -> Result<T, Error> {
        let parsed = serde_json::from_slice(&self.body);
        parsed.map_err(|cause| Error::unreadable(self.status, &self.body, cause))
    }
}

/// `Retry-After` in seconds (RFC 9110, section 10.2.3); the form with a date is not read.
fn seconds(headers: &HeaderMap) -> Option<Duration> {
    let value = headers.get(RETRY_AFTER)?.to_str().ok()?;
    value.trim().parse().ok().map(Duration::from_secs)
}
