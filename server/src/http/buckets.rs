//! `/v1/buckets`: which buckets belong to the project.

use actix_web::HttpResponse;
use actix_web::web::{Data, Json, Path};
use sail_cargo_protocol::{Bucket, Page, PageQuery, Problem, PutBucket};

use super::error::ApiError;
use super::extract::{Asker, Body, Query};
use super::page::Window;
use super::permissions::{held, split};
use super::state::State;
use crate::domain::caller::Scope;
use crate::domain::{BucketName, Caller};
use crate::store::{self, NewRules};

/// The buckets the caller holds a grant on; for the application, all of the project.
#[utoipa::path(get, path = "/v1/buckets", tag = "buckets", params(PageQuery), responses(
    (status = 200, description = "By name", body = Page<Bucket>),
    (status = 401, description = "Not authenticated", body = Problem),
))]
pub(super) async fn list(
    asker: Asker,
    state: Data<State>,
    query: Query<PageQuery>,
) -> Result<Json<Page<Bucket>>, ApiError> {
    asker.demand_scope(Scope::GrantsRead)?;
    let window: Window<String> = Window::read(&query.0)?;
    let after = window.after.clone().unwrap_or_default();
    let buckets = match &asker.0.caller {
        Caller::User(_) => granted(&asker, &state, &after).await?,
        Caller::Root(_) | Caller::Operator { .. } => {
            let limit = i64::try_from(window.limit).unwrap_or(i64::MAX) + 1;
            state.store.buckets(asker.project()?, after, limit).await?
        }
    };
    let items: Vec<Bucket> = buckets.iter().map(wire).collect();
    Ok(Json(window.page(items, |bucket| bucket.name.clone())))
}

/// The buckets behind `after` in which a user may do anything at all.
async fn granted(
    asker: &Asker,
    state: &State,
    after: &str,
) -> Result<Vec<store::Bucket>, ApiError> {
    let (project, caller, now) = (asker.project()?, &asker.0.caller, asker.0.now);
    let authority = state.store.authority(project.clone(), caller.clone(), None, now).await?;
    let all = state.store.buckets(project, after.to_owned(), i64::MAX).await?;
    let names: Vec<_> = all.iter().map(|bucket| bucket.name.clone()).collect();
    let seen = split(authority, &names).into_iter().zip(all).filter(|(authority, bucket)| {
        let held = held(authority, caller, &bucket.name, now);
        !held.permissions.is_empty() || !held.prefixes.is_empty()
    });
    Ok(seen.map(|(_, bucket)| bucket).collect())
}

/// One bucket.
#[utoipa::path(get, path = "/v1/buckets/{bucket}", tag = "buckets",
    params(("bucket" = String, Path, description = "Its name in S3")),
    responses(
        (status = 200, description = "The bucket", body = Bucket),
        (status = 401, description = "Not authenticated", body = Problem),
        (status = 404, description = "Not there, or nothing the caller may see", body = Problem),
    ))]
pub(super) async fn get(
    asker: Asker,
    state: Data<State>,
    path: Path<String>,
) -> Result<Json<Bucket>, ApiError> {
    asker.demand_scope(Scope::GrantsRead)?;
    let (project, name) = (asker.project()?, bucket_name(&path)?);
    let (caller, now) = (&asker.0.caller, asker.0.now);
    if let Caller::User(_) = caller {
        let only = Some(vec![name.clone()]);
        let authority = state.store.authority(project.clone(), caller.clone(), only, now).await?;
        let held = held(&authority, caller, &name, now);
        if held.permissions.is_empty() && held.prefixes.is_empty() {
            return Err(ApiError::NotFound("bucket"));
        }
    }
    Ok(Json(wire(&state.store.bucket(project, name).await?)))
}

/// Registers a bucket to the project, or replaces its rules. In S3 nothing changes.
#[utoipa::path(put, path = "/v1/buckets/{bucket}", tag = "buckets",
    params(("bucket" = String, Path, description = "Its name in S3")),
    request_body = PutBucket, responses(
        (status = 200, description = "As it is now", body = Bucket),
        (status = 400, description = "Malformed", body = Problem),
        (status = 401, description = "Not authenticated", body = Problem),
        (status = 403, description = "Only the application registers buckets", body = Problem),
        (status = 409, description = "Not available in this store, or an operator's to change", body = Problem),
    ))]
pub(super) async fn put(
    asker: Asker,
    state: Data<State>,
    path: Path<String>,
    body: Body<PutBucket>,
) -> Result<Json<Bucket>, ApiError> {
    asker.demand_root(Scope::GrantsWrite)?;
    let name = bucket_name(&path)?;
    if name.is_reserved() {
        return Err(ApiError::field("bucket", "the name of another service on many storages"));
    }
    let rules = NewRules {
        public: (&body.0.public_permissions).into(),
        ceiling: body.0.ceiling.as_ref().map(Into::into),
    };
    if rules.public.contains(sail_cargo_protocol::Permission::Admin) {
        return Err(ApiError::field("/public_permissions", "admin is never public"));
    }
    let bucket = state.store.put_bucket(asker.project()?, name, rules, asker.0.clone()).await?;
    Ok(Json(wire(&bucket)))
}

/// Forgets a bucket and every grant on it. In S3 nothing changes.
#[utoipa::path(delete, path = "/v1/buckets/{bucket}", tag = "buckets",
    params(("bucket" = String, Path, description = "Its name in S3")),
    responses(
        (status = 204, description = "Forgotten, or never known"),
        (status = 401, description = "Not authenticated", body = Problem),
        (status = 403, description = "Only the application forgets buckets", body = Problem),
        (status = 409, description = "Frozen by an operator", body = Problem),
    ))]
pub(super) async fn delete(
    asker: Asker,
    state: Data<State>,
    path: Path<String>,
) -> Result<HttpResponse, ApiError> {
    asker.demand_root(Scope::GrantsWrite)?;
    let name = bucket_name(&path)?;
    state.store.forget_bucket(asker.project()?, name, asker.0.clone()).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// A bucket's name from the path.
pub(super) fn bucket_name(text: &str) -> Result<BucketName, ApiError> {
    BucketName::parse(text).map_err(|error| ApiError::field("bucket", error))
}

fn wire(bucket: &store::Bucket) -> Bucket {
    Bucket {
        name: bucket.name.to_string(),
        public_permissions: bucket.rules.public.into(),
        ceiling: bucket.rules.ceiling.into(),
        created_revision: bucket.created_revision,
    }
}
