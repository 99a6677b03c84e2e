//! Restricts requests while the server opens its database, and while it stops.

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::ConnectionType;
use actix_web::middleware::Next;
use actix_web::web::Data;
use actix_web::{Error, HttpRequest, ResponseError as _};

use super::error::ApiError;
use super::routes::is_open;
use super::state::State;
use crate::console::is_console;
use crate::health::Phase;

/// Refuses requests that need the database until it is open. While the server stops, each response
/// closes its connection, so that the next request goes to another server.
pub(super) async fn middleware(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let is_open = is_open(request.path()) || is_console(request.path());
    if phase(request.request()) == Phase::Opening && !is_open {
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

/// The server's phase.
fn phase(request: &HttpRequest) -> Phase {
    let state = request.app_data::<Data<State>>();
    state.map_or(Phase::Serving, |state| state.health.phase())
}
