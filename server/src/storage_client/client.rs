//! The bytes of a request, changed or not, to a storage and back.

use std::time::Duration;

use http::Method;
use http::header::{HeaderMap, HeaderName, HeaderValue};
use http_body_util::{BodyExt as _, Full};

use super::error::StorageError;
use super::signer::Signed;
use super::upstream::{Holder, Kind, Upstream, UpstreamError, UpstreamRequest, UpstreamResponse};
use super::xml;
use crate::domain::limits;
use crate::domain::s3::Endpoint;

/// How long one request may take in all.
const TIMEOUT: Duration = Duration::from_secs(5);

/// A line to one endpoint.
#[derive(Debug)]
pub(crate) struct StorageClient {
    upstream: Upstream,
    endpoint: Endpoint,
    /// Scheme, host and port.
    url: String,
}

/// What a storage answered.
#[derive(Debug)]
pub(crate) struct StorageResponse {
    status: u16,
    headers: HeaderMap,
    body: Vec<u8>,
}

impl StorageClient {
    pub(crate) fn new(upstream: Upstream, endpoint: &Endpoint) -> Self {
        Self { upstream, url: endpoint.url(), endpoint: endpoint.clone() }
    }

    /// Scheme, host and port.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// Sends an honest request.
    ///
    /// # Errors
    /// There is no answer, or none that says anything about the request.
    pub(crate) async fn send(&self, request: &Signed) -> Result<StorageResponse, StorageError> {
        self.told(self.exchange(request).await)
    }

    /// Sends a changed request. A storage may hang up on it, which is an answer without a status.
    ///
    /// # Errors
    /// As for [`StorageClient::send`].
    pub(crate) async fn send_tampered(
        &self,
        request: &Signed,
    ) -> Result<StorageResponse, StorageError> {
        match self.exchange(request).await {
            Err(UpstreamError::Lost { .. }) => Ok(StorageResponse::hung_up()),
            other => self.told(other),
        }
    }

    /// What was answered, if it says anything about the request.
    fn told(
        &self,
        answer: Result<StorageResponse, UpstreamError>,
    ) -> Result<StorageResponse, StorageError> {
        let answer = answer?;
        if answer.is_busy() { Err(StorageError::Busy(self.url.clone())) } else { Ok(answer) }
    }

    /// A storage that breaks off, on a connection that was kept or a new one, is asked once more.
    async fn exchange(&self, request: &Signed) -> Result<StorageResponse, UpstreamError> {
        match self.once(request).await {
            Err(UpstreamError::Lost { .. }) => self.once(request).await,
            other => other,
        }
    }

    /// The connection goes to the endpoint, whatever the `Host` header says.
    async fn once(&self, request: &Signed) -> Result<StorageResponse, UpstreamError> {
        let scheme = self.url.split_once("://").map_or("https", |(scheme, _)| scheme);
        let asked = UpstreamRequest {
            endpoint: self.endpoint.clone(),
            holder: Holder::Server,
            method: Method::from_bytes(request.method.as_bytes()).unwrap_or_default(),
            url: format!("{scheme}://{}{}", request.host, request.target),
            headers: headers(&request.headers)?,
            length: request.body.len() as u64,
            body: Full::from(request.body.clone()),
        };
        match self.upstream.send(asked, Kind::Own(TIMEOUT)).await {
            Err(UpstreamError::Redirected(redirected)) => {
                log::warn!("{redirected}");
                StorageResponse::read(redirected.response).await
            }
            answer => StorageResponse::read(answer?).await,
        }
    }
}

/// As they go over the wire.
fn headers(lines: &[(String, String)]) -> Result<HeaderMap, UpstreamError> {
    let line = |(name, value): &(String, String)| {
        Some((HeaderName::try_from(name).ok()?, HeaderValue::try_from(value).ok()?))
    };
    let mut headers = HeaderMap::with_capacity(lines.len());
    for each in lines {
        let (name, value) = line(each)
            .ok_or_else(|| UpstreamError::Invalid(format!("header `{}` is none", each.0)))?;
        headers.append(name, value);
    }
    Ok(headers)
}

impl StorageResponse {
    async fn read(response: UpstreamResponse) -> Result<Self, UpstreamError> {
        let UpstreamResponse { status, headers, body: mut rest } = response;
        let mut body = Vec::new();
        while let Some(frame) = rest.frame().await {
            body.extend_from_slice(&frame?.into_data().unwrap_or_default());
            if body.len() > limits::MAX_STORAGE_ANSWER {
                break;
            }
        }
        Ok(Self { status: status.as_u16(), headers, body })
    }

    fn hung_up() -> Self {
        Self { status: 0, headers: HeaderMap::new(), body: Vec::new() }
    }

    /// 503 `SlowDown` and 429 say nothing about the request.
    fn is_busy(&self) -> bool {
        matches!(self.status, 429 | 503)
    }

    /// Success.
    pub(crate) fn is_ok(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// Refused for what it is. A failure, a conflict or a moment that was bad says nothing of the
    /// request, and may have acted.
    pub(crate) fn is_refusal(&self) -> bool {
        let passing = matches!(self.status, 408 | 409 | 423 | 425 | 429);
        self.status == 501 || ((400..500).contains(&self.status) && !passing)
    }

    /// The status; 0 where the storage hung up.
    pub(crate) fn status(&self) -> u16 {
        self.status
    }

    /// Gone, or never there.
    pub(crate) fn is_missing(&self) -> bool {
        self.status == 404
    }

    /// The body.
    pub(crate) fn body(&self) -> &[u8] {
        &self.body
    }

    /// A header's value; the lines of a repeated one joined by commas.
    pub(crate) fn header(&self, name: &str) -> Option<String> {
        let lines = self.headers.get_all(name).iter().filter_map(|value| value.to_str().ok());
        let lines: Vec<_> = lines.collect();
        (!lines.is_empty()).then(|| lines.join(","))
    }

    /// The text of the first element of that name in an XML body.
    pub(crate) fn element(&self, name: &str) -> Option<String> {
        xml::find(&self.body, name, |_| true)
    }

    /// Whether an element of that name in an XML body has that text.
    pub(crate) fn has_element(&self, name: &str, text: &str) -> bool {
        xml::find(&self.body, name, |other| other == text).is_some()
    }

    /// Whether an XML body is a document of that kind, or the beginning of one.
    pub(crate) fn begins(&self, kind: &str) -> bool {
        xml::root(&self.body).is_some_and(|root| root == kind)
    }
}

/// The status, and S3's error code where there is one that reads like one.
impl std::fmt::Display for StorageResponse {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.status)?;
        let plain = |code: &String| {
            (1..=64).contains(&code.len()) && code.bytes().all(|byte| byte.is_ascii_alphanumeric())
        };
        self.element("Code").filter(plain).map_or(Ok(()), |code| write!(f, " {code}"))
    }
}
