//! `If-Match` and `If-None-Match` (RFC 9110, 13.1). A grant's ETag is the revision that last
//! changed it.

use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::http::header::{self, HeaderName};
use actix_web::{FromRequest, HttpRequest};

use super::error::ApiError;
use crate::service::Precondition;

/// The state that a grant must have before it is changed.
#[derive(Debug)]
pub(super) struct Preconditions(pub(super) Precondition);

impl FromRequest for Preconditions {
    type Error = ApiError;
    type Future = Ready<Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(read(request).map(Self))
    }
}

fn read(request: &HttpRequest) -> Result<Precondition, ApiError> {
    let given = |name: &HeaderName| {
        let mut values = request.headers().get_all(name);
        match (values.next(), values.next()) {
            (None, _) => Ok(None),
            (Some(value), None) => match value.to_str() {
                Ok(text) => Ok(Some(text.trim().to_owned())),
                Err(_) => Err(ApiError::field(name.as_str(), "not an ETag")),
            },
            _ => Err(ApiError::field(name.as_str(), "once")),
        }
    };
    match (given(&header::IF_MATCH)?, given(&header::IF_NONE_MATCH)?) {
        (None, None) => Ok(Precondition::None),
        (None, Some(any)) if any == "*" => Ok(Precondition::Absent),
        (None, Some(_)) => Err(ApiError::field("if-none-match", "only `*`")),
        (Some(any), None) if any == "*" => Ok(Precondition::Present),
        (Some(etag), None) => etag
            .strip_prefix("\"r")
            .and_then(|rest| rest.strip_suffix('"'))
            .filter(|number| number.bytes().all(|byte| byte.is_ascii_digit()))
            .and_then(|number| number.parse().ok())
            .map(Precondition::Revision)
            .ok_or_else(|| ApiError::field("if-match", "one ETag of a grant, or `*`")),
        (Some(_), Some(_)) => Err(ApiError::field("if-match", "not beside if-none-match")),
    }
}
