//! `/v1/stores/{store}/ceilings`: the ceilings kept for unregistered bucket names, for operators.

use actix_web::HttpResponse;
use actix_web::web::{Data, Json, Path};
use sail_cargo_protocol::{KeptCeiling, Page, PageQuery, Problem};

use super::bucket_path::registered_name;
use super::error::ApiError;
use super::extractors::{Authenticated, Query};
use super::page::Window;
use super::seal::Seal;
use super::state::State;
use super::stores::name;
use super::wire;

/// The ceilings of buckets that are registered no more, kept for their names: whichever project
/// of this store registers one next has it.
#[utoipa::path(get, path = "/v1/stores/{store}/ceilings", tag = "operators",
    params(("store" = String, Path, description = "Its name"), PageQuery),
    responses(
        (status = 200, description = "By bucket", body = Page<KeptCeiling>),
        (status = 400, description = "Malformed", body = Problem),
        (status = 401, description = "Not authenticated", body = Problem),
        (status = 403, description = "For operators", body = Problem),
        (status = 404, description = "No such store", body = Problem),
    ))]
pub(super) async fn list(
    auth: Authenticated,
    state: Data<State>,
    path: Path<String>,
    query: Query<PageQuery>,
) -> Result<Json<Page<KeptCeiling>>, ApiError> {
    auth.demand_operator()?;
    let store = name(&path)?;
    let seal = Seal::of(&state, &auth, "ceilings", store.as_str())?;
    let window: Window<String> = Window::read(seal, &query.0)?;
    let after = window.after.clone().unwrap_or_default();
    let kept = state.service.kept_ceilings(store, after, window.limit + 1).await?;
    let items = kept.iter().map(wire::kept_ceiling).collect();
    Ok(Json(window.page(items, |kept: &KeptCeiling| kept.bucket.clone())))
}

/// Lifts the ceiling that is kept for a name: whoever registers it next has none. That of a bucket
/// that is registered is lifted by changing the bucket.
#[utoipa::path(delete, path = "/v1/stores/{store}/ceilings/{bucket}", tag = "operators",
    params(
        ("store" = String, Path, description = "Its name"),
        ("bucket" = String, Path, description = "The bucket's name in S3"),
    ),
    responses(
        (status = 204, description = "Lifted"),
        (status = 400, description = "Malformed", body = Problem),
        (status = 401, description = "Not authenticated", body = Problem),
        (status = 403, description = "For operators", body = Problem),
        (status = 404, description = "No such store, or nothing is kept for the name", body = Problem),
    ))]
pub(super) async fn lift(
    auth: Authenticated,
    state: Data<State>,
    path: Path<(String, String)>,
) -> Result<HttpResponse, ApiError> {
    auth.demand_operator()?;
    let (store, bucket) = (name(&path.0)?, registered_name(&path.1)?);
    state.service.lift_ceiling(store, bucket, auth.0).await?;
    Ok(HttpResponse::NoContent().finish())
}
