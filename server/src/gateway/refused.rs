//! A request that is refused, in the words of the service that it was sent to.

use http::header::{CACHE_CONTROL, CONTENT_TYPE};
use http::request::Parts;
use http::{HeaderValue, Method, Response, StatusCode};
use http_body_util::BodyExt as _;

use super::error::S3Error;
use super::reason::Reason;
use super::response::{GatewayBody, full};
use crate::domain::sts::StsError;
use crate::service::ServiceError;

/// The answer to a request that is not fulfilled.
#[derive(Debug)]
pub(super) enum Refused {
    /// S3's.
    S3(S3Error),
    /// STS's.
    Sts(StsError),
}

impl Refused {
    /// Why, for the record. `None` for what is no refusal: something cannot be had now, or is not there.
    pub(super) fn reason(&self) -> Option<Reason> {
        match self {
            Self::S3(error) => error.reason(),
            Self::Sts(error) => Reason::of_sts(error),
        }
    }

    /// The code that the client reads.
    pub(super) fn code(&self) -> &'static str {
        match self {
            Self::S3(error) => error.code(),
            Self::Sts(error) => error.code(),
        }
    }

    /// The sentence that the client reads.
    pub(super) fn message(&self) -> String {
        match self {
            Self::S3(error) => error.message().to_owned(),
            Self::Sts(error) => error.to_string(),
        }
    }

    /// What is answered in its place when it cannot be put on record.
    pub(super) fn without_record(self, error: ServiceError) -> Self {
        match self {
            Self::S3(_) => Self::S3(error.into()),
            Self::Sts(_) => Self::Sts(StsError::Unavailable),
        }
    }

    /// The answer to the request of this head.
    pub(super) fn answer(&self, parts: &Parts, request_id: &str) -> Response<GatewayBody> {
        match self {
            Self::S3(error) => {
                let is_head = parts.method == Method::HEAD;
                let answer = error.answer(parts.uri.path(), request_id, is_head);
                answer.map(|body| body.map_err(|never| match never {}).boxed_unsync())
            }
            Self::Sts(error) => {
                let status = StatusCode::from_u16(error.status());
                let status = status.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
                sts_document(status, error.document(request_id))
            }
        }
    }
}

impl From<S3Error> for Refused {
    fn from(error: S3Error) -> Self {
        Self::S3(error)
    }
}

impl From<StsError> for Refused {
    fn from(error: StsError) -> Self {
        Self::Sts(error)
    }
}

/// A document of STS, which nobody keeps: it may hold a secret.
pub(super) fn sts_document(status: StatusCode, document: String) -> Response<GatewayBody> {
    let mut response = Response::new(full(document));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/xml"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
