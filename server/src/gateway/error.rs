//! An error as S3 writes it (G24).
//!
//! <https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html>

use std::borrow::Cow;

use bytes::Bytes;
use http::header::{CACHE_CONTROL, CONNECTION, CONTENT_TYPE, RETRY_AFTER};
use http::{HeaderName, HeaderValue, Response, StatusCode};
use http_body_util::Full;
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};

use super::reason::Reason;
use crate::domain::xml_document::XmlDocument;

/// Seconds after which a client that is told to slow down tries again.
const SLOW_DOWN: u32 = 1;
/// The status and the stable code that the oracle has for a refusal: `403 no_permission`. No storage can send
/// it: what a storage answers passes by a list of names (G22).
const REFUSAL: HeaderName = HeaderName::from_static("x-cargo-refusal");
/// The sentence of a refusal, percent-encoded: also where there is no body, as in answers to HEAD.
const MESSAGE: HeaderName = HeaderName::from_static("x-cargo-message");
/// The longest sentence in a header: proxies have little room for all of them.
const MAX_MESSAGE: usize = 1024;
/// Bytes that are not written as they are, besides those that are not ASCII.
const ESCAPED: &AsciiSet = &CONTROLS.add(b'%');

/// An S3 error: a status, a code and a sentence. Elements beside these say what SDKs read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct S3Error {
    status: StatusCode,
    code: &'static str,
    message: Cow<'static, str>,
    details: Vec<(&'static str, String)>,
    region: Option<Box<str>>,
    refusal: Option<Refusal>,
    closes: bool,
}

/// Why a request is refused, for the audit trail and for clients that know Cargo.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Refusal {
    reason: Reason,
    /// The status that the oracle has for it. `None` for what only the gateway refuses: that is not told.
    status: Option<u16>,
}

impl S3Error {
    /// An error with S3's code and a sentence for its reader.
    pub(crate) fn new(
        status: StatusCode,
        code: &'static str,
        message: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self {
            status,
            code,
            message: message.into(),
            details: Vec::new(),
            region: None,
            refusal: None,
            closes: false,
        }
    }

    /// 403 `AccessDenied`.
    pub(crate) fn denied(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(StatusCode::FORBIDDEN, "AccessDenied", message)
    }

    /// 400 `InvalidArgument`.
    pub(crate) fn argument(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "InvalidArgument", message)
            .because(Reason::malformed("argument"))
    }

    /// 404 `NoSuchBucket`.
    pub(crate) fn no_such_bucket() -> Self {
        let message = "The specified bucket does not exist.";
        Self::new(StatusCode::NOT_FOUND, "NoSuchBucket", message)
    }

    /// 404 `NoSuchKey`.
    pub(crate) fn no_such_key() -> Self {
        let message = "The specified key does not exist.";
        Self::new(StatusCode::NOT_FOUND, "NoSuchKey", message)
    }

    /// 404 `NoSuchVersion`.
    pub(crate) fn no_such_version() -> Self {
        let message = "The specified version does not exist.";
        Self::new(StatusCode::NOT_FOUND, "NoSuchVersion", message)
    }

    /// 409 `BucketAlreadyExists`: somebody else has a bucket of this name.
    pub(crate) fn bucket_exists() -> Self {
        let message = "The requested bucket name is not available: choose another name.";
        Self::new(StatusCode::CONFLICT, "BucketAlreadyExists", message)
    }

    /// 409 `BucketAlreadyOwnedByYou`.
    pub(crate) fn bucket_is_yours() -> Self {
        let message = "The bucket is there, and you have a right to something in it.";
        Self::new(StatusCode::CONFLICT, "BucketAlreadyOwnedByYou", message)
    }

    /// 503 `ServiceUnavailable`: Cargo or the storage cannot answer now.
    pub(crate) fn unavailable(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "ServiceUnavailable", message)
    }

    /// 503 `SlowDown`, with `Retry-After`.
    pub(crate) fn slow_down() -> Self {
        let message = "Please reduce your request rate.";
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "SlowDown", message)
    }

    /// 503 `SlowDown` for a caller of too many requests.
    pub(crate) fn rate_limited() -> Self {
        Self::slow_down().because(Reason::RATE)
    }

    /// 500 `InternalError`: a defect of Cargo's.
    pub(crate) fn internal() -> Self {
        let message = "We encountered an internal error. Please try again.";
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "InternalError", message)
    }

    /// 400 `RequestTimeout`: the client stopped sending.
    pub(crate) fn request_timeout() -> Self {
        let message = "Your socket connection to the server was not read from or written to within \
                       the timeout period.";
        Self::new(StatusCode::BAD_REQUEST, "RequestTimeout", message)
            .because(Reason::malformed("request_timeout"))
            .closing()
    }

    /// 411 `MissingContentLength`.
    pub(crate) fn no_length() -> Self {
        let message = "You must provide the Content-Length HTTP header.";
        Self::new(StatusCode::LENGTH_REQUIRED, "MissingContentLength", message)
            .because(Reason::malformed("length_missing"))
    }

    /// 400 `EntityTooLarge`: a body of more than `limit` bytes where it is read whole.
    pub(crate) fn too_large(limit: usize) -> Self {
        let message = format!("Your request body is larger than {limit} bytes.");
        Self::new(StatusCode::BAD_REQUEST, "EntityTooLarge", message)
            .because(Reason::malformed("body_too_large"))
    }

    /// Adds an element beside `Code` and `Message`.
    #[must_use]
    pub(crate) fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.details.push((name, value.into()));
        self
    }

    /// Names the region that the client must sign for in a header, which SDKs read. The element of the same
    /// name comes with the other details.
    #[must_use]
    pub(crate) fn hinting(self, region: &str) -> Self {
        Self { region: Some(region.into()), ..self }
    }

    /// Says what the oracle answers where it refuses the same, so that clients that know Cargo read both in
    /// one way.
    #[must_use]
    pub(crate) fn refusing(self, status: u16, code: &'static str) -> Self {
        let reason = if status == 400 { Reason::malformed(code) } else { Reason::denied(code) };
        Self { refusal: Some(Refusal { reason, status: Some(status) }), ..self }
    }

    /// Says why, for the audit trail alone. An error without a reason is no refusal: something is not there,
    /// or cannot be had now.
    #[must_use]
    pub(super) fn because(self, reason: Reason) -> Self {
        Self { refusal: Some(Refusal { reason, status: None }), ..self }
    }

    /// Ends the connection after this answer: what follows on it cannot be told from a request.
    #[must_use]
    pub(crate) fn closing(self) -> Self {
        Self { closes: true, ..self }
    }

    /// S3's code, such as `NoSuchBucket`.
    pub(crate) fn code(&self) -> &'static str {
        self.code
    }

    /// Why the request is refused, for the audit trail.
    pub(super) fn reason(&self) -> Option<Reason> {
        self.refusal.map(|refusal| refusal.reason)
    }

    /// The sentence for the reader.
    pub(crate) fn message(&self) -> &str {
        &self.message
    }

    /// The answer to a request for `resource`, a path without its query. An answer to HEAD has no body.
    pub(crate) fn answer(
        &self,
        resource: &str,
        request_id: &str,
        is_head: bool,
    ) -> Response<Full<Bytes>> {
        let body = if is_head { Bytes::new() } else { self.document(resource, request_id).into() };
        let mut response = Response::new(Full::new(body));
        *response.status_mut() = self.status;
        let headers = response.headers_mut();
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if !is_head {
            headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/xml"));
        }
        if self.code == "SlowDown" {
            headers.insert(RETRY_AFTER, HeaderValue::from(SLOW_DOWN));
        }
        if let Some(Ok(region)) = self.region.as_deref().map(HeaderValue::from_str) {
            headers.insert("x-amz-bucket-region", region);
        }
        if let Some(Refusal { reason, status: Some(status) }) = self.refusal {
            let refusal = HeaderValue::from_str(&format!("{status} {}", reason.code)).ok();
            headers.extend(refusal.map(|line| (REFUSAL, line)));
            headers.extend(self.message_line().map(|line| (MESSAGE, line)));
        }
        if self.closes {
            headers.insert(CONNECTION, HeaderValue::from_static("close"));
        }
        response
    }

    /// The sentence for a header, cut where it is too long.
    fn message_line(&self) -> Option<HeaderValue> {
        let mut line = String::new();
        for part in utf8_percent_encode(&self.message, ESCAPED) {
            if line.len() + part.len() > MAX_MESSAGE {
                break;
            }
            line.push_str(part);
        }
        HeaderValue::from_str(&line).ok()
    }

    fn document(&self, resource: &str, request_id: &str) -> String {
        let mut document = XmlDocument::bare("Error");
        document.text("Code", self.code).text("Message", &self.message);
        for (name, value) in &self.details {
            document.text(name, value);
        }
        document.text("Resource", resource).text("RequestId", request_id);
        document.end()
    }
}

#[cfg(test)]
mod tests {
    use http_body_util::BodyExt as _;

    use super::*;

    async fn body(error: &S3Error, is_head: bool) -> String {
        let response = error.answer("/photos/a&b", "018f", is_head);
        let bytes = response.into_body().collect().await.unwrap().to_bytes();
        String::from_utf8(bytes.to_vec()).unwrap()
    }

    #[tokio::test]
    async fn g24_an_error_is_s3s_xml_and_has_no_body_for_head() {
        let error = S3Error::denied("no <read>").with("HeadersNotSigned", "x-amz-acl");
        assert_eq!(
            body(&error, false).await,
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>AccessDenied</Code>\
             <Message>no &lt;read&gt;</Message><HeadersNotSigned>x-amz-acl</HeadersNotSigned>\
             <Resource>/photos/a&amp;b</Resource><RequestId>018f</RequestId></Error>"
        );
        assert_eq!(body(&error, true).await, "");
    }

    #[test]
    fn g24_a_refusal_says_its_code_and_its_sentence_without_a_body_too() {
        let headers = |error: S3Error| error.answer("/", "018f", true).headers().clone();
        let refused = headers(S3Error::denied("100% of ü\n").refusing(403, "no_permission"));
        assert_eq!(refused["x-cargo-refusal"], "403 no_permission");
        assert_eq!(refused["x-cargo-message"], "100%25 of %C3%BC%0A");
        let long = headers(S3Error::denied("ü".repeat(2000)).refusing(403, "no_permission"));
        assert!(long["x-cargo-message"].len() <= MAX_MESSAGE);
        assert!(!headers(S3Error::slow_down()).contains_key("x-cargo-refusal"));
    }

    #[test]
    fn g24_headers_that_clients_read_are_set() {
        let answer = |error: S3Error| error.answer("/", "018f", false).headers().clone();
        assert_eq!(answer(S3Error::slow_down())["retry-after"], "1");
        let elsewhere = S3Error::argument("region").hinting("eu-west-1").closing();
        let headers = answer(elsewhere);
        assert_eq!(headers["x-amz-bucket-region"], "eu-west-1");
        assert_eq!(headers["connection"], "close");
        assert_eq!(headers["cache-control"], "no-store");
    }
}
