//! What handlers answer with: JSON, the revision it was computed at, and the grant's ETag.

use actix_web::body::BoxBody;
use actix_web::http::StatusCode;
use actix_web::http::header::{self, ContentType, HeaderName, HeaderValue};
use actix_web::{HttpRequest, HttpResponse, Responder, ResponseError as _};
use serde::Serialize;

use super::error::ApiError;
use crate::domain::{At, Revision};
use crate::service::Reply;

/// The revision of the project that an answer was computed at. Opaque.
pub(super) const REVISION: HeaderName = HeaderName::from_static("revision");

/// Nothing was done: the reply is the one that was given before.
pub(super) const REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");

/// What most answers fit into, in bytes.
const USUAL: usize = 1536;

/// A JSON answer about a project.
#[derive(Debug)]
pub(super) struct ApiResponse<T> {
    status: StatusCode,
    revision: Revision,
    etag: Option<i64>,
    replayed: bool,
    body: T,
}

impl<T> ApiResponse<T> {
    /// 200, computed at `revision`.
    pub(super) fn at(revision: Revision, body: T) -> Self {
        Self { status: StatusCode::OK, revision, etag: None, replayed: false, body }
    }

    /// 201; said before, when it is `replayed`.
    pub(super) fn created(revision: Revision, Reply { value, replayed }: Reply<T>) -> Self {
        Self { status: StatusCode::CREATED, replayed, ..Self::at(revision, value) }
    }

    /// With the ETag of a thing that was last changed by this revision.
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

/// 204: done, or it was so already.
pub(super) fn done(revision: Revision) -> HttpResponse {
    let mut answer = HttpResponse::NoContent();
    insert_revision(&mut answer, revision);
    answer.finish()
}

/// Says at which revision an answer was computed.
pub(super) fn insert_revision(answer: &mut actix_web::HttpResponseBuilder, revision: Revision) {
    if let Ok(value) = HeaderValue::from_str(&revision.to_string()) {
        answer.insert_header((REVISION, value));
    }
}

fn etag(updated: i64) -> String {
    format!("\"r{updated}\"")
}
