//! The rate limit by address. It is checked before anything else.

use actix_web::body::{EitherBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::middleware::Next;
use actix_web::web::Data;
use actix_web::{Error, ResponseError as _};

use super::current;
use super::error::ApiError;
use super::routes::is_health;
use super::state::State;

/// Answers 429 to an address that sends too many requests. Health checks are exempt.
pub(super) async fn middleware(
    request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<EitherBody<impl MessageBody>>, Error> {
    let state = request.app_data::<Data<State>>();
    let knocked = match state {
        Some(state) if !is_health(request.path()) => state.limits.knock(current::origin().address),
        _ => Ok(()),
    };
    match knocked {
        Ok(()) => Ok(next.call(request).await?.map_into_left_body()),
        Err(over) => {
            let answer = ApiError::Limited(over).error_response();
            Ok(request.into_response(answer).map_into_right_body())
        }
    }
}
