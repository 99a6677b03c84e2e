//! Restricts a developer's server to requests whose `Host` names this machine.

use actix_web::body::{EitherBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{HOST, HeaderValue};
use actix_web::middleware::Next;
use actix_web::{Error, ResponseError as _};

use super::error::ApiError;
use super::hosts::are_local;

/// Answers 421 to a request for another host (RFC 9110 §15.5.20).
pub(super) async fn middleware<B: MessageBody>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<EitherBody<B>>, Error> {
    let named = request.headers().get_all(HOST).map(HeaderValue::as_bytes);
    let target = request.uri().authority().map(|authority| authority.as_str().as_bytes());
    if are_local(named.chain(target)) {
        return Ok(next.call(request).await?.map_into_left_body());
    }
    let refusal = ApiError::Misdirected.error_response();
    Ok(request.into_response(refusal).map_into_right_body())
}
