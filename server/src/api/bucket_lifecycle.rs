//! The outcome of bucket creations and deletions, reported by the application or read from the
//! storage.

use actix_web::web::{Data, Path};
use sail_cargo_protocol::{Problem, Scope, SettleBucket, Settled};

use super::answer::ApiResponse;
use super::body::Body;
use super::bucket_path::bucket_name;
use super::error::ApiError;
use super::extractors::Authenticated;
use super::state::State;
use super::wire;
use crate::domain::{BucketName, ReservationId};
use crate::service::Said;

/// Says how S3 answered. Cargo looks in the storage before it frees a name or takes it for good;
/// when that cannot be asked, no name is freed. A claim that is not open changes nothing.
#[utoipa::path(post, path = "/v1/buckets/{bucket}/settle", tag = "buckets",
    params(("bucket" = String, Path, description = "Its name in S3")),
    request_body = SettleBucket, responses(
        (status = 200, description = "How it stands now", body = Settled),
        (status = 400, description = "Malformed", body = Problem),
        (status = 401, description = "Not authenticated", body = Problem),
        (status = 403, description = "Only the application settles", body = Problem),
    ))]
pub(super) async fn settle(
    mut auth: Authenticated,
    state: Data<State>,
    path: Path<String>,
    body: Body<SettleBucket>,
) -> Result<ApiResponse<Settled>, ApiError> {
    auth.demand_root(Scope::Sign)?;
    let body = body.read(&mut auth, &state).await?;
    let (project, bucket) = (auth.project()?, bucket_name(&path)?);
    let said = Said { reservation_id: ReservationId::new(body.claim), outcome: body.outcome };
    let settled = state.reconciler.settle(&state.service, project, bucket, said, &auth.0).await?;
    Ok(settled.map(wire::settled).into())
}

/// Looks in S3 how a bucket stands whose creation or deletion nobody settled.
#[utoipa::path(post, path = "/v1/buckets/{bucket}/reconcile", tag = "buckets",
    params(("bucket" = String, Path, description = "Its name in S3")),
    responses(
        (status = 200, description = "How it stands now", body = Settled),
        (status = 400, description = "No bucket is called so", body = Problem),
        (status = 401, description = "Not authenticated", body = Problem),
        (status = 403, description = "Only the application reconciles", body = Problem),
        (status = 404, description = "Not registered", body = Problem),
        (status = 502, description = "The storage does not answer, or not what was asked", body = Problem),
    ))]
pub(super) async fn reconcile(
    auth: Authenticated,
    state: Data<State>,
    path: Path<String>,
) -> Result<ApiResponse<Settled>, ApiError> {
    auth.demand_root(Scope::GrantsWrite)?;
    let (project, bucket) = (auth.project()?, bucket_name(&path)?);
    let settled = state.reconciler.reconcile(&state.service, project, bucket, &auth.0).await?;
    Ok(settled.map(wire::settled).into())
}

/// Asks the storage about those of `buckets` whose creation is not settled, before a change of
/// grants: a bucket that exists then accepts the grants. A dry run does not ask the storage: it fails
/// if one of the buckets is unsettled.
pub(super) async fn settle_first(
    auth: &Authenticated,
    state: &State,
    buckets: impl IntoIterator<Item = BucketName>,
    dry_run: bool,
) -> Result<(), ApiError> {
    // Users hold no grants on an unsettled bucket, and must not cause requests to the storage.
    if !auth.is_root() {
        return Ok(());
    }
    let claimed = state.service.claimed_buckets(auth.project()?, buckets.into_iter().collect());
    let claimed = claimed.await?;
    if dry_run {
        let unsettled = claimed.into_iter().next();
        return unsettled.map_or(Ok(()), |claimed| Err(ApiError::Unsettled(claimed.bucket)));
    }
    let unknown = state.reconciler.inspect_all(&state.service, claimed, &auth.0).await?;
    unknown.into_iter().next().map_or(Ok(()), |bucket| Err(ApiError::Unsettled(bucket)))
}
