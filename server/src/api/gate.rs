//! Before the server serves, and when it stops.

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::ConnectionType;
use actix_web::middleware::Next;
use actix_web::web::Data;
use actix_web::{Error, HttpRequest, ResponseError as _};

use super::error::ApiError;
use super::routes::is_open;
use super::state::State;
use crate::health::Phase;

/// Lets nobody at a database that is not open: they may come again in a second. While the server
/// stops, each answer is the last of its connection, so that the next request goes elsewhere.
pub(super) async fn middleware(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    if phase(request.request()) == Phase::Opening && !is_open(request.path()) {
        let refused = ApiError::Unavailable {
            code: "unavailable",
            detail: "the server waits for its database: try again later",
        };
        return Ok(request.into_response(refused.error_response()).map_into_right_body());
    }
    let mut response = next.call(request).await?;
    if phase(response.request()) == Phase::Stopping {
        response.response_mut().head_mut().set_connection_type(ConnectionType::Close);
    }
    Ok(response.map_into_left_body())
}

/// What the server is about, as far as a request can tell.
fn phase(request: &HttpRequest) -> Phase {
    let state = request.app_data::<Data<State>>();
    state.map_or(Phase::Serving, |state| state.health.phase())
}
