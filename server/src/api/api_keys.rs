//! `/v1/api-keys`: what applications prove themselves with.

use std::collections::BTreeSet;

use actix_web::HttpResponse;
use actix_web::web::{Data, Path};
use chrono::{DateTime, SubsecRound as _, TimeDelta, Utc};
use sail_cargo_protocol::{
    ApiKey, CreateApiKey, CreatedApiKey, Page, PageQuery, PatchApiKey, Problem, RotateApiKey, Scope,
};

use super::answer::{ApiResponse, done};
use super::body::Body;
use super::error::ApiError;
use super::extractors::{Authenticated, Query};
use super::idempotency::IdempotentBody;
use super::page::Pinned;
use super::seal::Seal;
use super::state::State;
use super::wire;
use crate::domain::limits;
use crate::domain::{Caller, KeyId, ProjectId};
use crate::service::{KeyEdit, MadeKey, NewKey, Reply};

/// The project's keys, revoked ones included. Never their secrets.
#[utoipa::path(get, path = "/v1/api-keys", tag = "keys", params(PageQuery), responses(
    (status = 200, description = "By id", body = Page<ApiKey>),
    (status = 400, description = "Malformed", body = Problem),
    (status = 401, description = "Not authenticated", body = Problem),
    (status = 403, description = "Not for users, nor without the scope", body = Problem),
    (status = 410, description = "That part of the history is gone", body = Problem),
))]
pub(super) async fn list(
    auth: Authenticated,
    state: Data<State>,
    query: Query<PageQuery>,
) -> Result<ApiResponse<Page<ApiKey>>, ApiError> {
    auth.demand_root(Scope::KeysRead)?;
    let seal = Seal::of(&state, &auth, "api-keys", ())?;
    let token = query.0.page_token.as_deref();
    let window: Pinned<String> = Pinned::read(seal, query.0.page_size, token, None, auth.0.now)?;
    let after = window.after.clone().unwrap_or_default();
    let (project, context) = (auth.project()?, auth.0.clone());
    let keys = state.service.keys(project, window.when, after, window.limit, context).await?;
    Ok(window.page(keys, |key| key.id.to_string(), wire::api_key))
}

/// One key, without its secret.
#[utoipa::path(get, path = "/v1/api-keys/{id}", tag = "keys",
    params(("id" = String, Path, description = "The part of the key that is no secret")),
    responses(
        (status = 200, description = "The key", body = ApiKey),
        (status = 400, description = "No id", body = Problem),
        (status = 401, description = "Not authenticated", body = Problem),
        (status = 403, description = "Not for users, nor without the scope", body = Problem),
        (status = 404, description = "Not there", body = Problem),
    ))]
pub(super) async fn get(
    auth: Authenticated,
    state: Data<State>,
    path: Path<String>,
) -> Result<ApiResponse<ApiKey>, ApiError> {
    auth.demand_root(Scope::KeysRead)?;
    let key = state.service.key(auth.project()?, key_id(&path)?, auth.0.clone()).await?;
    Ok(key.map(|key| wire::api_key(&key)).into())
}

/// Makes a key, none wider than the key in use. The answer is the only time it can be seen.
#[utoipa::path(post, path = "/v1/api-keys", tag = "keys",
    params(("idempotency-key" = Option<String>, Header, description = "The same for every attempt: the key is made once")),
    request_body = CreateApiKey, responses(
    (status = 201, description = "Made", body = CreatedApiKey),
    (status = 400, description = "Malformed", body = Problem),
    (status = 401, description = "Not authenticated", body = Problem),
    (status = 403, description = "Not for users, nor without the scope, nor wider", body = Problem),
    (status = 422, description = "The Idempotency-Key came with another request before", body = Problem),
))]
pub(super) async fn create(
    mut auth: Authenticated,
    state: Data<State>,
    body: IdempotentBody<CreateApiKey>,
) -> Result<ApiResponse<CreatedApiKey>, ApiError> {
    auth.demand_root(Scope::KeysWrite)?;
    let (body, context) = body.read(&mut auth, &state).await?;
    let project = project(&auth, &state, body.project.as_deref()).await?;
    let new = new_key(&auth, body)?;
    let created = state.service.create_key(project, new, context).await?;
    Ok(ApiResponse::created(created.revision, made(&created.value)))
}

/// Makes a key less than it is. Nothing makes it more.
#[utoipa::path(patch, path = "/v1/api-keys/{id}", tag = "keys",
    params(("id" = String, Path, description = "The part of the key that is no secret")),
    request_body = PatchApiKey, responses(
        (status = 200, description = "As it is now", body = ApiKey),
        (status = 400, description = "Malformed", body = Problem),
        (status = 401, description = "Not authenticated", body = Problem),
        (status = 403, description = "Not for users, nor without the scope", body = Problem),
        (status = 404, description = "Not there", body = Problem),
        (status = 409, description = "It would be good for more, or for longer", body = Problem),
    ))]
pub(super) async fn patch(
    mut auth: Authenticated,
    state: Data<State>,
    path: Path<String>,
    body: Body<PatchApiKey>,
) -> Result<ApiResponse<ApiKey>, ApiError> {
    auth.demand_root(Scope::KeysWrite)?;
    let body = body.read(&mut auth, &state).await?;
    let PatchApiKey { name, scopes, expires_at } = body;
    name.as_deref().map(check_name).transpose()?;
    check_end(&auth, expires_at)?;
    let edit = KeyEdit { name, scopes, expires_at: expires_at.map(|end| end.trunc_subsecs(6)) };
    let (project, id) = (auth.project()?, key_id(&path)?);
    let key = state.service.patch_key(project, id, edit, auth.0.clone()).await?;
    Ok(key.map(|key| wire::api_key(&key)).into())
}

/// Makes a key of the same name and scopes in the place of another, which goes on for a while.
#[utoipa::path(post, path = "/v1/api-keys/{id}/rotate", tag = "keys",
    params(
        ("id" = String, Path, description = "The part of the key that is no secret"),
        ("idempotency-key" = Option<String>, Header, description = "The same for every attempt: the key is made once"),
    ),
    request_body = RotateApiKey, responses(
        (status = 201, description = "Made", body = CreatedApiKey),
        (status = 400, description = "Malformed", body = Problem),
        (status = 401, description = "Not authenticated", body = Problem),
        (status = 403, description = "Not for users, nor without the scope, nor wider", body = Problem),
        (status = 404, description = "Not there", body = Problem),
        (status = 409, description = "It is not good any more, or two of its family are", body = Problem),
        (status = 422, description = "The Idempotency-Key came with another request before", body = Problem),
    ))]
pub(super) async fn rotate(
    mut auth: Authenticated,
    state: Data<State>,
    path: Path<String>,
    body: IdempotentBody<RotateApiKey>,
) -> Result<ApiResponse<CreatedApiKey>, ApiError> {
    auth.demand_root(Scope::KeysWrite)?;
    let (body, context) = body.read(&mut auth, &state).await?;
    let overlap = body.overlap_seconds.unwrap_or(limits::DEFAULT_KEY_OVERLAP);
    if overlap > limits::MAX_KEY_OVERLAP {
        return Err(ApiError::field("/overlap_seconds", "at most 30 days"));
    }
    check_end(&auth, body.expires_at)?;
    let (project, id) = (auth.project()?, key_id(&path)?);
    let old = state.service.key(project.clone(), id.clone(), auth.0.clone()).await?;
    let usual = usual_end(&auth, Some(&id));
    // It lives as long as the old one was made for.
    let lifetime = old.value.expires_at.map(|end| end - old.value.created_at);
    let lifetime =
        lifetime.map_or(limits::DEFAULT_KEY_LIFETIME, |own| own.min(limits::DEFAULT_KEY_LIFETIME));
    let usual = usual.min(auth.0.now + lifetime);
    let expires_at = body.expires_at.unwrap_or(usual).trunc_subsecs(6);
    for scope in &old.value.scopes {
        auth.demand_scope(*scope)?;
    }
    demand_no_longer(&auth, &id, expires_at)?;
    let overlap = TimeDelta::seconds(overlap.into());
    let created = state.service.rotate_key(project, id, overlap, expires_at, context).await?;
    Ok(ApiResponse::created(created.revision, made(&created.value)))
}

/// Revokes a key.
#[utoipa::path(delete, path = "/v1/api-keys/{id}", tag = "keys",
    params(("id" = String, Path, description = "The part of the key that is no secret")),
    responses(
        (status = 204, description = "Revoked, now or before"),
        (status = 400, description = "No id", body = Problem),
        (status = 401, description = "Not authenticated", body = Problem),
        (status = 403, description = "Not for users, nor without the scope", body = Problem),
    ))]
pub(super) async fn revoke(
    auth: Authenticated,
    state: Data<State>,
    path: Path<String>,
) -> Result<HttpResponse, ApiError> {
    auth.demand_root(Scope::KeysWrite)?;
    let revoked = state.service.revoke_key(auth.project()?, key_id(&path)?, auth.0.clone()).await?;
    Ok(done(revoked.revision))
}

fn key_id(text: &str) -> Result<KeyId, ApiError> {
    KeyId::parse(text).map_err(|error| ApiError::field("id", error))
}

fn check_name(name: &str) -> Result<(), ApiError> {
    if (1..=limits::MAX_KEY_NAME).contains(&name.chars().count())
        && !name.chars().any(char::is_control)
    {
        return Ok(());
    }
    Err(ApiError::field("/name", "1 to 100 characters, no control characters"))
}

fn check_end(auth: &Authenticated, expires_at: Option<DateTime<Utc>>) -> Result<(), ApiError> {
    if expires_at.is_some_and(|end| end <= auth.0.now) {
        return Err(ApiError::field("/expires_at", "must be in the future"));
    }
    Ok(())
}

/// When a key stops when nothing else is said: in a year, and never after the key in use, whose
/// successor it is not.
fn usual_end(auth: &Authenticated, successor_of: Option<&KeyId>) -> DateTime<Utc> {
    let year = auth.0.now + limits::DEFAULT_KEY_LIFETIME;
    match &auth.0.caller {
        Caller::Root(key) if successor_of != Some(&key.id) => {
            key.expires_at.map_or(year, |own| own.min(year))
        }
        _ => year,
    }
}

/// No key makes one that outlives it, but its own successor.
fn demand_no_longer(auth: &Authenticated, of: &KeyId, end: DateTime<Utc>) -> Result<(), ApiError> {
    match &auth.0.caller {
        Caller::Root(key) if key.id == *of && end > auth.0.now + limits::DEFAULT_KEY_LIFETIME => {
            Err(ApiError::field("/expires_at", "at most 365 days from now"))
        }
        Caller::Root(key) if key.id != *of && key.expires_at.is_some_and(|own| end > own) => {
            Err(ApiError::field("/expires_at", "must not be after that of the key in use"))
        }
        _ => Ok(()),
    }
}

/// The project a key is made for: a key's own, or the one an operator names.
async fn project(
    auth: &Authenticated,
    state: &State,
    named: Option<&str>,
) -> Result<ProjectId, ApiError> {
    let Some(named) = named else { return auth.project() };
    if named.chars().any(char::is_control) {
        return Err(ApiError::field("/project", "a slug or an id"));
    }
    let named = match state.service.project(named.to_owned()).await {
        Ok(project) => project.id,
        Err(crate::service::ServiceError::NotFound(_))
            if !matches!(auth.0.caller, Caller::Operator { .. }) =>
        {
            return Err(ApiError::field("/project", "not the key's own project"));
        }
        Err(other) => return Err(other.into()),
    };
    match auth.0.caller.project() {
        Some(own) if *own != named => Err(ApiError::field("/project", "not the key's own project")),
        _ => Ok(named),
    }
}

fn new_key(auth: &Authenticated, body: CreateApiKey) -> Result<NewKey, ApiError> {
    check_name(&body.name)?;
    let scopes = body.scopes.unwrap_or_else(|| BTreeSet::from([Scope::GrantsRead]));
    if let Some(wider) = scopes.iter().find(|scope| !auth.0.caller.has_scope(**scope)) {
        auth.demand_scope(*wider)?;
    }
    check_end(auth, body.expires_at)?;
    let expires_at = body.expires_at.unwrap_or_else(|| usual_end(auth, None)).trunc_subsecs(6);
    if let Caller::Root(key) = &auth.0.caller
        && key.expires_at.is_some_and(|end| expires_at > end)
    {
        return Err(ApiError::field("/expires_at", "must not be after that of the key in use"));
    }
    Ok(NewKey { name: body.name, scopes, expires_at: Some(expires_at) })
}

/// A key that was made, as its maker sees it.
fn made(reply: &Reply<MadeKey>) -> Reply<CreatedApiKey> {
    Reply { value: wire::made_key(&reply.value), replayed: reply.replayed }
}
