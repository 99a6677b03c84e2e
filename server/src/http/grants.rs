//! `/v1/buckets/{bucket}/grants`: who may do what. For the application and for bucket admins.

use actix_web::HttpResponse;
use actix_web::web::{Data, Json, Path};
use sail_cargo_protocol::{
    Grant, GrantQuery, Page, PageQuery, Permission, Problem, PutGrant, SubjectKind,
};

use super::buckets::bucket_name;
use super::error::ApiError;
use super::extract::{Asker, Body, Query};
use super::page::Window;
use super::state::State;
use crate::domain::caller::Scope;
use crate::domain::{Prefix, Subject, SubjectId};
use crate::store::{GrantKey, GrantState, StoredGrant};

const MAX_REASON: usize = 500;

/// The grants on a bucket that the caller administers.
#[utoipa::path(get, path = "/v1/buckets/{bucket}/grants", tag = "grants",
    params(("bucket" = String, Path, description = "Its name in S3"), PageQuery),
    responses(
        (status = 200, description = "By prefix, kind and subject", body = Page<Grant>),
        (status = 401, description = "Not authenticated", body = Problem),
        (status = 404, description = "Not there, or nothing the caller administers", body = Problem),
    ))]
pub(super) async fn list(
    asker: Asker,
    state: Data<State>,
    path: Path<String>,
    query: Query<PageQuery>,
) -> Result<Json<Page<Grant>>, ApiError> {
    asker.demand_scope(Scope::GrantsRead)?;
    let window: Window<(String, String, String)> = Window::read(&query.0)?;
    let grants = state
        .store
        .grants(
            asker.project()?,
            bucket_name(&path)?,
            window.after.clone(),
            window.limit + 1,
            asker.0.clone(),
        )
        .await?;
    let page = window.page(grants, |grant| grant.key.position());
    Ok(Json(Page {
        items: page.items.iter().map(wire).collect(),
        next_page_token: page.next_page_token,
    }))
}

/// One grant.
#[utoipa::path(get, path = "/v1/buckets/{bucket}/grants/{subject}", tag = "grants",
    params(
        ("bucket" = String, Path, description = "Its name in S3"),
        ("subject" = String, Path, description = "The user id or group name; `*` for everybody"),
        GrantQuery,
    ),
    responses(
        (status = 200, description = "The grant", body = Grant),
        (status = 401, description = "Not authenticated", body = Problem),
        (status = 403, description = "The caller does not administer this", body = Problem),
        (status = 404, description = "Not there", body = Problem),
    ))]
pub(super) async fn get(
    asker: Asker,
    state: Data<State>,
    path: Path<(String, String)>,
    query: Query<GrantQuery>,
) -> Result<Json<Grant>, ApiError> {
    asker.demand_scope(Scope::GrantsRead)?;
    let key = grant_key(&path, &query.0)?;
    let grant = state.store.grant(asker.project()?, key, asker.0.clone()).await?;
    Ok(Json(wire(&grant)))
}

/// Gives a grant: what the body leaves out is reset.
#[utoipa::path(put, path = "/v1/buckets/{bucket}/grants/{subject}", tag = "grants",
    params(
        ("bucket" = String, Path, description = "Its name in S3"),
        ("subject" = String, Path, description = "The user id or group name; `*` for everybody"),
        GrantQuery,
    ),
    request_body = PutGrant, responses(
        (status = 200, description = "As it is now", body = Grant),
        (status = 400, description = "Malformed", body = Problem),
        (status = 401, description = "Not authenticated", body = Problem),
        (status = 403, description = "The caller does not administer this", body = Problem),
        (status = 404, description = "No such bucket, or nothing the caller administers", body = Problem),
    ))]
pub(super) async fn put(
    asker: Asker,
    state: Data<State>,
    path: Path<(String, String)>,
    query: Query<GrantQuery>,
    body: Body<PutGrant>,
) -> Result<Json<Grant>, ApiError> {
    asker.demand_scope(Scope::GrantsWrite)?;
    let key = grant_key(&path, &query.0)?;
    let grant = state
        .store
        .put_grant(asker.project()?, key.clone(), grant_state(body.0, &key)?, asker.0.clone())
        .await?;
    Ok(Json(wire(&grant)))
}

/// Takes a grant away. Signatures that were handed out live until they end: at most 15 minutes.
#[utoipa::path(delete, path = "/v1/buckets/{bucket}/grants/{subject}", tag = "grants",
    params(
        ("bucket" = String, Path, description = "Its name in S3"),
        ("subject" = String, Path, description = "The user id or group name; `*` for everybody"),
        GrantQuery,
    ),
    responses(
        (status = 204, description = "Taken away, or never given"),
        (status = 401, description = "Not authenticated", body = Problem),
        (status = 403, description = "The caller does not administer this", body = Problem),
        (status = 404, description = "No such bucket, or nothing the caller administers", body = Problem),
    ))]
pub(super) async fn delete(
    asker: Asker,
    state: Data<State>,
    path: Path<(String, String)>,
    query: Query<GrantQuery>,
) -> Result<HttpResponse, ApiError> {
    asker.demand_scope(Scope::GrantsWrite)?;
    let key = grant_key(&path, &query.0)?;
    state.store.delete_grant(asker.project()?, key, asker.0.clone()).await?;
    Ok(HttpResponse::NoContent().finish())
}

fn grant_key(
    (bucket, subject): &(String, String),
    query: &GrantQuery,
) -> Result<GrantKey, ApiError> {
    let id = || SubjectId::parse(subject).map_err(|error| ApiError::field("subject", error));
    let subject = match query.kind {
        SubjectKind::User => Subject::User(id()?),
        SubjectKind::Group => Subject::Group(id()?),
        SubjectKind::Authenticated if subject == "*" => Subject::Authenticated,
        SubjectKind::Public if subject == "*" => Subject::Public,
        SubjectKind::Authenticated | SubjectKind::Public => {
            return Err(ApiError::field("subject", "`*` for authenticated and public"));
        }
    };
    let prefix = Prefix::parse(&query.prefix).map_err(|error| ApiError::field("prefix", error))?;
    Ok(GrantKey { bucket: bucket_name(bucket)?, prefix, subject })
}

fn grant_state(body: PutGrant, key: &GrantKey) -> Result<GrantState, ApiError> {
    if body.permissions.is_empty() {
        return Err(ApiError::field("/permissions", "at least one; delete the grant for none"));
    }
    let everybody = matches!(key.subject, Subject::Authenticated | Subject::Public);
    if everybody && body.permissions.contains(&Permission::Admin) {
        return Err(ApiError::field("/permissions", "admin is never given to everybody"));
    }
    if body.reason.as_ref().is_some_and(|reason| reason.chars().count() > MAX_REASON) {
        return Err(ApiError::field("/reason", "at most 500 characters"));
    }
    if body.reason.as_ref().is_some_and(|reason| reason.chars().any(char::is_control)) {
        return Err(ApiError::field("/reason", "no control characters"));
    }
    if let (Some(from), Some(until)) = (body.not_before, body.expires_at)
        && from >= until
    {
        return Err(ApiError::field("/expires_at", "after `not_before`"));
    }
    Ok(GrantState {
        permissions: (&body.permissions).into(),
        not_before: body.not_before,
        expires_at: body.expires_at,
        reason: body.reason,
    })
}

fn wire(grant: &StoredGrant) -> Grant {
    let (kind, subject) = match &grant.key.subject {
        Subject::User(id) => (SubjectKind::User, id.to_string()),
        Subject::Group(id) => (SubjectKind::Group, id.to_string()),
        Subject::Authenticated => (SubjectKind::Authenticated, "*".to_owned()),
        Subject::Public => (SubjectKind::Public, "*".to_owned()),
    };
    Grant {
        bucket: grant.key.bucket.to_string(),
        prefix: grant.key.prefix.to_string(),
        kind,
        subject,
        permissions: grant.state.permissions.into(),
        not_before: grant.state.not_before,
        expires_at: grant.state.expires_at,
        reason: grant.state.reason.clone(),
        granted_by: grant.granted_by.clone(),
        created_revision: grant.created_revision,
        updated_revision: grant.updated_revision,
    }
}
