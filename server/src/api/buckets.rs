//! `/v1/buckets`: which buckets belong to the project.

use actix_web::HttpResponse;
use actix_web::web::{Data, Path};
use sail_cargo_protocol::{Bucket, Page, PageQuery, PatchBucket, Problem, PutBucket};

use super::answer::{ApiResponse, done};
use super::body::Body;
use super::bucket_lifecycle::settle_first;
use super::bucket_path::{bucket_name, registered_name};
use super::error::ApiError;
use super::extractors::{Authenticated, Query};
use super::page::Pinned;
use super::seal::Seal;
use super::state::State;
use super::wire;
use crate::domain::caller::Scope;
use crate::domain::holdings::{by_bucket, holdings};
use crate::domain::{self, At, BucketEdit, BucketName, Conflict, Resource, limits};
use crate::service::{Listed, ServiceError, Shown};

/// The buckets the caller holds a grant on; for the application, all of the project.
#[utoipa::path(get, path = "/v1/buckets", tag = "buckets", params(PageQuery), responses(
    (status = 200, description = "By name", body = Page<Bucket>),
    (status = 400, description = "Malformed", body = Problem),
    (status = 401, description = "Not authenticated", body = Problem),
    (status = 403, description = "The API key does not have the scope", body = Problem),
    (status = 410, description = "That part of the history is gone", body = Problem),
))]
pub(super) async fn list(
    auth: Authenticated,
    state: Data<State>,
    query: Query<PageQuery>,
) -> Result<ApiResponse<Page<Bucket>>, ApiError> {
    auth.demand_scope(Scope::GrantsRead)?;
    let seal = Seal::of(&state, &auth, "buckets", ())?;
    let token = query.0.page_token.as_deref();
    let window: Pinned<String> = Pinned::read(seal, query.0.page_size, token, None, auth.0.now)?;
    let listed = if auth.is_root() {
        state.service.buckets(window.listing(auth.project()?), auth.0.clone()).await?
    } else {
        granted(&auth, &state, &window).await?
    };
    Ok(window.page(listed, |bucket| bucket.name.to_string(), wire::bucket))
}

/// The buckets in which the user has any permission.
async fn granted(
    auth: &Authenticated,
    state: &State,
    window: &Pinned<String>,
) -> Result<At<Listed<domain::Bucket>>, ApiError> {
    // A listing shows the grants of its beginning. A grant that was revoked meanwhile must not be
    // visible forever.
    if auth.0.now - window.now > limits::LISTING_LASTS {
        return Err(ApiError::Gone("the listing began too long ago: begin it again"));
    }
    let mut context = auth.0.clone();
    context.now = window.now;
    let after = window.after.clone().unwrap_or_default();
    let project = auth.project()?;
    let all = state.service.buckets_and_authority(project, window.when, after, context).await?;
    Ok(all.map(|(buckets, authority)| {
        let names: Vec<_> = buckets.iter().map(|bucket| bucket.name.clone()).collect();
        let held = by_bucket(authority, &auth.0.caller, &names, window.now);
        let seen = buckets.into_iter().zip(held).filter(|(_, held)| !held.is_empty());
        let mut seen: Vec<_> = seen.map(|(bucket, _)| bucket).take(window.limit + 1).collect();
        let more = seen.len() > window.limit;
        seen.truncate(window.limit);
        (seen, more)
    }))
}

/// One bucket.
#[utoipa::path(get, path = "/v1/buckets/{bucket}", tag = "buckets",
    params(("bucket" = String, Path, description = "Its name in S3")),
    responses(
        (status = 200, description = "The bucket", body = Bucket),
        (status = 400, description = "No bucket is called so", body = Problem),
        (status = 401, description = "Not authenticated", body = Problem),
        (status = 403, description = "The API key does not have the scope", body = Problem),
        (status = 404, description = "Not there, or nothing the caller may see", body = Problem),
    ))]
pub(super) async fn get(
    auth: Authenticated,
    state: Data<State>,
    path: Path<String>,
) -> Result<ApiResponse<Bucket>, ApiError> {
    auth.demand_scope(Scope::GrantsRead)?;
    let name = registered_name(&path)?;
    let (caller, now) = (&auth.0.caller, auth.0.now);
    let At { value: (bucket, authority), revision } =
        state.service.bucket(auth.project()?, name.clone(), auth.0.clone()).await?;
    if !auth.is_root() && holdings(&authority, caller, &name, now).is_empty() {
        return Err(ApiError::NotFound(Resource::Bucket));
    }
    Ok(ApiResponse::at(revision, wire::bucket(&bucket)))
}

/// Registers a bucket to the project, or replaces its rules. In S3 nothing changes.
#[utoipa::path(put, path = "/v1/buckets/{bucket}", tag = "buckets",
    params(("bucket" = String, Path, description = "Its name in S3")),
    request_body = PutBucket, responses(
        (status = 200, description = "As it is now", body = Bucket),
        (status = 400, description = "Malformed", body = Problem),
        (status = 401, description = "Not authenticated", body = Problem),
        (status = 403, description = "Only the application registers buckets", body = Problem),
        (status = 409, description = "Not available in this store, an operator's to change, or a name that the storage would have to show", body = Problem),
        (status = 502, description = "The storage does not answer, or not what was asked", body = Problem),
    ))]
pub(super) async fn put(
    mut auth: Authenticated,
    state: Data<State>,
    path: Path<String>,
    body: Body<PutBucket>,
) -> Result<ApiResponse<Bucket>, ApiError> {
    auth.demand_root(Scope::GrantsWrite)?;
    let body = body.read(&mut auth, &state).await?;
    let name = bucket_name(&path)?;
    let edit = BucketEdit::parse_put(body).map_err(|flaw| ApiError::of_body(&flaw))?;
    let bucket = register(&auth, &state, name, edit).await?;
    Ok(bucket.map(|bucket| wire::bucket(&bucket)).into())
}

/// Registers a bucket. For some names the caller's claim is not enough: then the server asks the
/// storage whether it has the bucket.
async fn register(
    auth: &Authenticated,
    state: &State,
    name: BucketName,
    edit: BucketEdit,
) -> Result<At<domain::Bucket>, ApiError> {
    let (project, context) = (auth.project()?, &auth.0);
    let put = |shown| {
        let (project, name) = (project.clone(), name.clone());
        state.service.put_bucket(project, name, edit.clone(), shown, context.clone())
    };
    let shows = state.reconciler.shows(&state.service, &project, &name);
    let refused = match put(Shown::No).await {
        Err(ServiceError::Conflict(conflict)) => conflict,
        other => return Ok(other?),
    };
    let shown = match refused {
        Conflict::BucketNotShown { .. } => shows.await?,
        // The conflict may be with a bucket of another project whose name differs only in upper and
        // lower case. If the storage distinguishes the two, both can be registered. For exactly the
        // same name the storage's answer changes nothing.
        Conflict::BucketTaken(_) | Conflict::BucketGivenUp(_) => {
            shows.await.ok().filter(|shown| *shown == Shown::BesideTwin).unwrap_or_default()
        }
        _ => Shown::No,
    };
    match shown {
        Shown::No => Err(refused.into()),
        shown => Ok(put(shown).await?),
    }
}

/// Changes a registered bucket: what the body leaves out stays.
#[utoipa::path(patch, path = "/v1/buckets/{bucket}", tag = "buckets",
    params(("bucket" = String, Path, description = "Its name in S3")),
    request_body = PatchBucket, responses(
        (status = 200, description = "As it is now", body = Bucket),
        (status = 400, description = "Malformed", body = Problem),
        (status = 401, description = "Not authenticated", body = Problem),
        (status = 403, description = "Only the application changes buckets", body = Problem),
        (status = 404, description = "Not registered", body = Problem),
        (status = 409, description = "An operator's to change, or too many labels", body = Problem),
        (status = 503, description = "The bucket was claimed, and the storage does not say how it stands", body = Problem),
    ))]
pub(super) async fn patch(
    mut auth: Authenticated,
    state: Data<State>,
    path: Path<String>,
    body: Body<PatchBucket>,
) -> Result<ApiResponse<Bucket>, ApiError> {
    auth.demand_root(Scope::GrantsWrite)?;
    let body = body.read(&mut auth, &state).await?;
    let name = bucket_name(&path)?;
    let edit = BucketEdit::parse_patch(body).map_err(|flaw| ApiError::of_body(&flaw))?;
    settle_first(&auth, &state, [name.clone()], false).await?;
    let bucket = state.service.patch_bucket(auth.project()?, name, edit, auth.0.clone()).await?;
    Ok(bucket.map(|bucket| wire::bucket(&bucket)).into())
}

/// Forgets a bucket and every grant on it. In S3 nothing changes.
#[utoipa::path(delete, path = "/v1/buckets/{bucket}", tag = "buckets",
    params(("bucket" = String, Path, description = "Its name in S3")),
    responses(
        (status = 204, description = "Forgotten, or never known"),
        (status = 400, description = "No bucket is called so", body = Problem),
        (status = 401, description = "Not authenticated", body = Problem),
        (status = 403, description = "Only the application forgets buckets", body = Problem),
        (status = 409, description = "Frozen by an operator", body = Problem),
    ))]
pub(super) async fn delete(
    auth: Authenticated,
    state: Data<State>,
    path: Path<String>,
) -> Result<HttpResponse, ApiError> {
    auth.demand_root(Scope::GrantsWrite)?;
    let name = registered_name(&path)?;
    let forgotten = state.service.forget_bucket(auth.project()?, name, auth.0.clone()).await?;
    Ok(done(forgotten.revision))
}
