//! `/v1/api-keys`: the API keys of a project.

use actix_web::HttpResponse;
use actix_web::web::{Data, Path};
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
use crate::domain::{Caller, KeyEdit, KeyId, KeyRotation, NewKey, ProjectId};
use crate::service::{MadeKey, Reply, ServiceError};

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
    let new = NewKey::parse(body, &auth.0.caller, auth.0.now)?;
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
    let edit = KeyEdit::parse(body, auth.0.now).map_err(|flaw| ApiError::of_body(&flaw))?;
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
    let rotation = KeyRotation::parse(&body, auth.0.now);
    let rotation = rotation.map_err(|flaw| ApiError::of_body(&flaw))?;
    let (project, id) = (auth.project()?, key_id(&path)?);
    let old = state.service.key(project.clone(), id.clone(), auth.0.clone()).await?;
    let end = rotation.end(&old.value, &auth.0.caller, auth.0.now)?;
    let created = state.service.rotate_key(project, id, rotation.overlap(), end, context).await?;
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

/// The project of a new key: the caller's own, or the one that an operator names.
pub(super) async fn project(
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
        Err(ServiceError::NotFound(_)) if !matches!(auth.0.caller, Caller::Operator { .. }) => {
            return Err(ApiError::field("/project", "not the key's own project"));
        }
        Err(other) => return Err(other.into()),
    };
    match auth.0.caller.project() {
        Some(own) if *own != named => Err(ApiError::field("/project", "not the key's own project")),
        _ => Ok(named),
    }
}

/// The new key, with its secret, for the response.
fn made(reply: &Reply<MadeKey>) -> Reply<CreatedApiKey> {
    Reply { value: wire::made_key(&reply.value), replayed: reply.replayed }
}
