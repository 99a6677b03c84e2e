//! Admission control: a request waits for no other request. Without room it is refused at once,
//! except for health checks.

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::middleware::Next;
use actix_web::web::Data;
use actix_web::{Error, ResponseError as _};

use super::crowd::{enter, leave};
use super::routes::is_health;
use super::state::State;

/// Admits requests while the server has capacity. Health checks are always admitted.
pub(super) async fn middleware(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let watches = is_health(request.path());
    if let (false, Some(state)) = (watches, request.app_data::<Data<State>>().cloned())
        && let Err(full) = enter(request.request(), &state.crowd)
    {
        return Ok(request.into_response(full.error_response()).map_into_right_body());
    }
    let response = next.call(request).await?;
    leave(response.request());
    Ok(response.map_into_left_body())
}
