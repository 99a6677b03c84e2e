//! `/v1/api-keys`: what applications prove themselves with.

use std::collections::BTreeSet;

use actix_web::HttpResponse;
use actix_web::web::{Data, Json, Path};
use chrono::TimeDelta;
use sail_cargo_protocol::{ApiKey, CreateApiKey, CreatedApiKey, Page, Problem, Scope};

use super::error::ApiError;
use super::extract::{Asker, Body};
use super::page::whole;
use super::state::State;
use crate::domain::{Caller, KeyId, ProjectId};
use crate::store::{NewKey, StoredKey};

/// How long a key lives when nothing else is said.
const LIFETIME: TimeDelta = TimeDelta::days(365);

/// The project's keys, revoked ones included. Never their secrets.
#[utoipa::path(get, path = "/v1/api-keys", tag = "keys", responses(
    (status = 200, description = "By id", body = Page<ApiKey>),
    (status = 401, description = "Not authenticated", body = Problem),
    (status = 403, description = "Not for users, nor without the scope", body = Problem),
))]
pub(super) async fn list(asker: Asker, state: Data<State>) -> Result<Json<Page<ApiKey>>, ApiError> {
    asker.demand_root(Scope::KeysRead)?;
    let keys = state.store.keys(asker.project()?).await?;
    Ok(Json(whole(keys.iter().map(wire).collect())))
}

/// Makes a key, none wider than the key in use. The answer is the only time it can be seen.
#[utoipa::path(post, path = "/v1/api-keys", tag = "keys", request_body = CreateApiKey, responses(
    (status = 201, description = "Made", body = CreatedApiKey),
    (status = 400, description = "Malformed", body = Problem),
    (status = 401, description = "Not authenticated", body = Problem),
    (status = 403, description = "Not for users, nor without the scope, nor wider", body = Problem),
))]
pub(super) async fn create(
    asker: Asker,
    state: Data<State>,
    body: Body<CreateApiKey>,
) -> Result<HttpResponse, ApiError> {
    asker.demand_root(Scope::KeysWrite)?;
    let project = project(&asker, &state, body.0.project.as_deref()).await?;
    let new = new_key(&asker, body.0)?;
    let (key, stored) = state.store.create_key(project, new, asker.0.clone()).await?;
    let created = CreatedApiKey { key: key.expose().to_owned(), stored: wire(&stored) };
    Ok(HttpResponse::Created().insert_header(("cache-control", "no-store")).json(created))
}

/// Revokes a key.
#[utoipa::path(delete, path = "/v1/api-keys/{id}", tag = "keys",
    params(("id" = String, Path, description = "The part of the key that is no secret")),
    responses(
        (status = 204, description = "Revoked, now or before"),
        (status = 401, description = "Not authenticated", body = Problem),
        (status = 403, description = "Not for users, nor without the scope", body = Problem),
    ))]
pub(super) async fn revoke(
    asker: Asker,
    state: Data<State>,
    path: Path<String>,
) -> Result<HttpResponse, ApiError> {
    asker.demand_root(Scope::KeysWrite)?;
    let id = KeyId::parse(&path).map_err(|error| ApiError::field("id", error))?;
    state.store.revoke_key(asker.project()?, id, asker.0.clone()).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// The project a key is made for: a key's own, or the one an operator names.
async fn project(asker: &Asker, state: &State, named: Option<&str>) -> Result<ProjectId, ApiError> {
    let Some(named) = named else { return asker.project() };
    if named.chars().any(char::is_control) {
        return Err(ApiError::field("/project", "a slug or an id"));
    }
    let named = match state.store.project(named.to_owned()).await {
        Ok(project) => project.id,
        Err(crate::store::StoreError::NotFound(_))
            if !matches!(asker.0.caller, Caller::Operator { .. }) =>
        {
            return Err(ApiError::field("/project", "not the key's own project"));
        }
        Err(other) => return Err(other.into()),
    };
    match asker.0.caller.project() {
        Some(own) if *own != named => Err(ApiError::field("/project", "not the key's own project")),
        _ => Ok(named),
    }
}

fn new_key(asker: &Asker, body: CreateApiKey) -> Result<NewKey, ApiError> {
    let length = body.name.chars().count();
    if !(1..=100).contains(&length) || body.name.chars().any(char::is_control) {
        return Err(ApiError::field("/name", "1 to 100 characters, no control characters"));
    }
    let scopes = body.scopes.unwrap_or_else(|| BTreeSet::from([Scope::GrantsRead]));
    if let Some(wider) = scopes.iter().find(|scope| !asker.0.caller.has_scope(**scope)) {
        asker.demand_scope(*wider)?;
    }
    let expires_at = body.expires_at.unwrap_or(asker.0.now + LIFETIME);
    if expires_at <= asker.0.now {
        return Err(ApiError::field("/expires_at", "in the future"));
    }
    if let Caller::Root(key) = &asker.0.caller
        && key.expires_at.is_some_and(|end| expires_at > end)
    {
        return Err(ApiError::field("/expires_at", "not after that of the key in use"));
    }
    Ok(NewKey { name: body.name, scopes, expires_at: Some(expires_at) })
}

fn wire(key: &StoredKey) -> ApiKey {
    ApiKey {
        id: key.id.to_string(),
        name: key.name.clone(),
        scopes: key.scopes.clone(),
        created_at: key.created_at,
        created_by: key.created_by.clone(),
        expires_at: key.expires_at,
        revoked_at: key.revoked_at,
        family: key.family.clone(),
        last_used_at: key.last_used_at,
        last_used_ip: key.last_used_ip.clone(),
    }
}
