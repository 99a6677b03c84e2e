//! Sends signed requests to a storage, possibly modified after signing, and reads the responses.

use std::time::Duration;

use bytes::Bytes;
use futures_util::stream::{self, StreamExt as _};
use http::header::{HeaderMap, HeaderName, HeaderValue};
use http::response::Parts;
use http::{Method, Response};
use http_body::Frame;
use http_body_util::combinators::BoxBody;
use http_body_util::{BodyExt as _, Full, StreamBody};
use tokio::time::sleep;

use super::error::StorageError;
use super::signer::Signed;
use super::upstream::{Holder, Kind, Upstream, UpstreamError, UpstreamRequest};
use super::xml;
use crate::domain::limits;
use crate::domain::s3::Endpoint;

/// The longest time for one request, with its response.
const TIMEOUT: Duration = Duration::from_secs(5);
/// How long a request that breaks off waits before it does.
const PAUSE: Duration = Duration::from_millis(200);

/// A client of one storage endpoint.
#[derive(Debug)]
pub(crate) struct StorageClient {
    upstream: Upstream,
    endpoint: Endpoint,
    /// The endpoint's scheme, host and port.
    url: String,
}

/// The response of a storage.
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

    /// The endpoint's scheme, host and port.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// Sends an unmodified request.
    ///
    /// # Errors
    /// [`StorageError::Unreachable`] without a response; [`StorageError::Busy`] if the storage is
    /// too slow or answers 429 or 503.
    pub(crate) async fn send(&self, request: &Signed) -> Result<StorageResponse, StorageError> {
        self.told(self.exchange(request).await)
    }

    /// Sends a request that was modified after signing. If the storage closes the connection, the
    /// response has the status 0.
    ///
    /// # Errors
    /// [`StorageError::Unreachable`] if no connection succeeds; [`StorageError::Busy`] if the
    /// storage is too slow or answers 429 or 503.
    pub(crate) async fn send_tampered(
        &self,
        request: &Signed,
    ) -> Result<StorageResponse, StorageError> {
        match self.exchange(request).await {
            Err(UpstreamError::Lost { .. }) => Ok(StorageResponse::hung_up()),
            other => self.told(other),
        }
    }

    /// Sends `sent` bytes of the body, and breaks off before the others. What the storage may answer to
    /// that says nothing.
    ///
    /// # Errors
    /// [`StorageError::Unreachable`] if no connection succeeds; [`StorageError::Busy`] if the
    /// storage is too slow.
    pub(crate) async fn break_off(
        &self,
        request: &Signed,
        sent: usize,
    ) -> Result<(), StorageError> {
        let sent = Bytes::copy_from_slice(&request.body[..sent.min(request.body.len())]);
        let broken = stream::once(async {
            // Until here nothing waits: now what was sent goes over the wire.
            sleep(PAUSE).await;
            Err(std::io::Error::other("broken off"))
        });
        let body = stream::iter([Ok(Frame::data(sent))]).chain(broken);
        let asked = self.asked(request, StreamBody::new(body))?;
        match self.upstream.send(asked, Kind::Own(TIMEOUT)).await {
            Ok(_)
            | Err(
                UpstreamError::Body(_)
                | UpstreamError::Lost { .. }
                | UpstreamError::Redirected { .. },
            ) => Ok(()),
            Err(other) => Err(other.into()),
        }
    }

    /// Turns failures, and responses that say nothing about the request, into errors.
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

    /// Sends a request once. The connection goes to the endpoint, whatever the `Host` header says.
    async fn once(&self, request: &Signed) -> Result<StorageResponse, UpstreamError> {
        let asked = self.asked(request, Full::from(request.body.clone()))?;
        match self.upstream.send(asked, Kind::Own(TIMEOUT)).await {
            Err(UpstreamError::Redirected { redirected, answer }) => {
                log::warn!("{redirected}");
                StorageResponse::read(*answer).await
            }
            answer => StorageResponse::read(answer?.boxed()).await,
        }
    }

    /// The request as it goes out, with a body that is said to be the whole one.
    fn asked<B>(&self, request: &Signed, body: B) -> Result<UpstreamRequest<B>, UpstreamError> {
        let scheme = self.url.split_once("://").map_or("https", |(scheme, _)| scheme);
        Ok(UpstreamRequest {
            endpoint: self.endpoint.clone(),
            holder: Holder::Server,
            method: Method::from_bytes(request.method.as_bytes()).unwrap_or_default(),
            url: format!("{scheme}://{}{}", request.host, request.target),
            headers: headers(&request.headers)?,
            length: request.body.len() as u64,
            body,
        })
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
    async fn read(
        response: Response<BoxBody<Bytes, UpstreamError>>,
    ) -> Result<Self, UpstreamError> {
        let (Parts { status, headers, .. }, mut rest) = response.into_parts();
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

    /// Whether the status is 429 or 503 `SlowDown`: these say nothing about the request.
    fn is_busy(&self) -> bool {
        matches!(self.status, 429 | 503)
    }

    /// Whether the status is 2xx.
    pub(crate) fn is_ok(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// Whether the storage refused the request itself. Server errors, conflicts and temporary
    /// errors do not count: they say nothing about the request, which may even have had an effect.
    pub(crate) fn is_refusal(&self) -> bool {
        let passing = matches!(self.status, 408 | 409 | 423 | 425 | 429);
        self.status == 501 || ((400..500).contains(&self.status) && !passing)
    }

    /// The status code; 0 if the storage closed the connection.
    pub(crate) fn status(&self) -> u16 {
        self.status
    }

    /// Whether the status is 404.
    pub(crate) fn is_missing(&self) -> bool {
        self.status == 404
    }

    /// The body, cut off after [`limits::MAX_STORAGE_ANSWER`] bytes and the chunk that exceeds it.
    pub(crate) fn body(&self) -> &[u8] {
        &self.body
    }

    /// A header's value. The values of a repeated header are joined with commas.
    pub(crate) fn header(&self, name: &str) -> Option<String> {
        let lines = self.headers.get_all(name).iter().filter_map(|value| value.to_str().ok());
        let lines: Vec<_> = lines.collect();
        (!lines.is_empty()).then(|| lines.join(","))
    }

    /// The text of the first element called `name` in an XML body.
    pub(crate) fn element(&self, name: &str) -> Option<String> {
        xml::find(&self.body, name, |_| true)
    }

    /// Whether an XML body has an element called `name` with this text.
    pub(crate) fn has_element(&self, name: &str, text: &str) -> bool {
        xml::find(&self.body, name, |other| other == text).is_some()
    }

    /// The texts of all elements called `name` in an XML body.
    pub(crate) fn elements(&self, name: &str) -> Vec<String> {
        xml::all(&self.body, name)
    }

    /// Whether the root element of an XML body is called `kind`. The body may be incomplete.
    pub(crate) fn begins(&self, kind: &str) -> bool {
        xml::root(&self.body).is_some_and(|root| root == kind)
    }
}

/// Prints the status, and S3's error code if it is plain alphanumeric text.
impl std::fmt::Display for StorageResponse {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.status)?;
        let plain = |code: &String| {
            (1..=64).contains(&code.len()) && code.bytes().all(|byte| byte.is_ascii_alphanumeric())
        };
        self.element("Code").filter(plain).map_or(Ok(()), |code| write!(f, " {code}"))
    }
}
