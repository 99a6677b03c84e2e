//! Responses of handlers: JSON, with the project's revision and a grant's ETag in headers.

use actix_web::body::BoxBody;
use actix_web::http::StatusCode;
use actix_web::http::header::{self, ContentType, HeaderName, HeaderValue};
use actix_web::{HttpRequest, HttpResponse, Responder, ResponseError as _};
use serde::Serialize;

use super::error::ApiError;
use crate::domain::{At, Revision};
use crate::service::Reply;

/// The header with the project's revision that a response was computed at. The revision is opaque
/// to clients.
pub(super) const REVISION: HeaderName = HeaderName::from_static("revision");

/// The header that marks a repeated request: nothing was done, and the response is the earlier one.
pub(super) const REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");

/// Initial capacity for a response body in bytes. Most responses fit.
const USUAL: usize = 1536;

/// A JSON response about a project.
#[derive(Debug)]
pub(super) struct ApiResponse<T> {
    status: StatusCode,
    revision: Revision,
    etag: Option<i64>,
    replayed: bool,
    body: T,
}

impl<T> ApiResponse<T> {
    /// A response with status 200, computed at `revision`.
    pub(super) fn at(revision: Revision, body: T) -> Self {
        Self { status: StatusCode::OK, revision, etag: None, replayed: false, body }
    }

    /// A response with status 201. A replayed reply gets the header [`REPLAYED`].
    pub(super) fn created(revision: Revision, Reply { value, replayed }: Reply<T>) -> Self {
        Self { status: StatusCode::CREATED, replayed, ..Self::at(revision, value) }
    }

    /// Adds the ETag of a resource that was last changed at the revision `updated`.
    pub(super) fn with_etag(self, updated: i64) -> Self {
        Self { etag: Some(updated), ..self }
    }
}

impl<T> From<At<T>> for ApiResponse<T> {
    fn from(at: At<T>) -> Self {
        Self::at(at.revision, at.value)
    }
}

impl<T: Serialize> Responder for ApiResponse<T> {
    type Body = BoxBody;

    fn respond_to(self, _: &HttpRequest) -> HttpResponse {
        let mut answer = HttpResponse::build(self.status);
        insert_revision(&mut answer, self.revision);
        if self.replayed {
            answer.insert_header((REPLAYED, "true"));
        }
        if let Some(updated) = self.etag {
            answer.insert_header((header::ETAG, etag(updated)));
        }
        let mut body = Vec::with_capacity(USUAL);
        match serde_json::to_writer(&mut body, &self.body) {
            Ok(()) => answer.insert_header(ContentType::json()).body(body),
            Err(error) => {
                log::error!("cannot write an answer as JSON: {error}");
                ApiError::Internal.error_response()
            }
        }
    }
}

/// A response with status 204: the change is done, or there was nothing to change.
pub(super) fn done(revision: Revision) -> HttpResponse {
    let mut answer = HttpResponse::NoContent();
    insert_revision(&mut answer, revision);
    answer.finish()
}

/// Adds the header with the revision.
pub(super) fn insert_revision(answer: &mut actix_web::HttpResponseBuilder, revision: Revision) {
    if let Ok(value) = HeaderValue::from_str(&revision.to_string()) {
        answer.insert_header((REVISION, value));
    }
}

fn etag(updated: i64) -> String {
    format!("\"r{updated}\"")
}
