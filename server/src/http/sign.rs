//! `/v1/sign`: the point of it all.

use actix_web::web::{Data, Json};
use sail_cargo_protocol::{Problem, SignRequest, SignResponse};

use super::error::ApiError;
use super::extract::{Asker, Body};
use super::state::State;

/// A body of 1 MiB in base64, and the rest of the request.
const LIMIT: usize = 2 * 1024 * 1024;

/// Signs one S3 request, if the caller's grants allow exactly that request.
#[utoipa::path(post, path = "/v1/sign", tag = "signing", request_body = SignRequest, responses(
    (status = 200, description = "Signed", body = SignResponse),
    (status = 400, description = "No S3 request Cargo would sign for anybody", body = Problem),
    (status = 401, description = "Not authenticated", body = Problem),
    (status = 403, description = "The grants do not allow it", body = Problem),
    (status = 503, description = "No record, no signature", body = Problem),
))]
pub(super) async fn sign(
    asker: Asker,
    state: Data<State>,
    body: Body<SignRequest, LIMIT>,
) -> Result<Json<SignResponse>, ApiError> {
    Ok(Json(crate::sign::sign(&state.store, &asker.0, &body.0).await?))
}
