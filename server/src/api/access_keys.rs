//! `/v1/access-keys`: what S3 clients prove themselves with at the gateway, and personal API keys.

use actix_web::HttpResponse;
use actix_web::web::{Data, Path};
use sail_cargo_protocol::{
    AccessKey, AccessKeysQuery, CreateAccessKey, CreatedAccessKey, Page, PatchAccessKey, Problem,
    RevokeAccessKeysQuery, RotateAccessKey, Scope,
};

use super::answer::{ApiResponse, done};
use super::api_keys::project;
use super::body::Body;
use super::error::ApiError;
use super::extractors::{Authenticated, Query};
use super::idempotency::IdempotentBody;
use super::page::Pinned;
use super::seal::Seal;
use super::state::State;
use super::wire;
use crate::domain::key_rotation::KeyRotation;
use crate::domain::{AccessKeyEdit, AccessKeyId, Caller, NewAccessKey, SubjectId};
use crate::service::{MadeAccessKey, Reply};

/// The project's access keys and personal API keys; users see their own. Never their secrets.
#[utoipa::path(get, path = "/v1/access-keys", tag = "access-keys", params(AccessKeysQuery), responses(
    (status = 200, description = "By id", body = Page<AccessKey>),
    (status = 400, description = "Malformed", body = Problem),
    (status = 401, description = "Not authenticated, or, of a user, not lately", body = Problem),
    (status = 403, description = "Without the scope, or another user's", body = Problem),
    (status = 410, description = "That part of the history is gone", body = Problem),
))]
pub(super) async fn list(
    auth: Authenticated,
    state: Data<State>,
    query: Query<AccessKeysQuery>,
) -> Result<ApiResponse<Page<AccessKey>>, ApiError> {
    auth.demand_keys(Scope::KeysRead)?;
    let user = whose(&auth, query.0.user.as_deref())?;
    let kind = query.0.kind;
    let filter = (user.as_ref().map(SubjectId::as_str), kind);
    let seal = Seal::of(&state, &auth, "access-keys", filter)?;
    let token = query.0.page_token.as_deref();
    let window: Pinned<String> = Pinned::read(seal, query.0.page_size, token, None, auth.0.now)?;
    let after = window.after.clone().unwrap_or_default();
    let (project, context) = (auth.project()?, auth.0.clone());
    let (when, limit) = (window.when, window.limit);
    let keys =
        state.service.access_keys(project, (user, kind), when, after, limit, context).await?;
    Ok(window.page(keys, |key| key.id.to_string(), wire::access_key))
}

/// One access key, without its secret.
#[utoipa::path(get, path = "/v1/access-keys/{id}", tag = "access-keys",
    params(("id" = String, Path, description = "The id of the key")),
    responses(
        (status = 200, description = "The key", body = AccessKey),
        (status = 400, description = "No id", body = Problem),
        (status = 401, description = "Not authenticated, or, of a user, not lately", body = Problem),
        (status = 403, description = "Without the scope", body = Problem),
        (status = 404, description = "Not there, or another user's", body = Problem),
    ))]
pub(super) async fn get(
    auth: Authenticated,
    state: Data<State>,
    path: Path<String>,
) -> Result<ApiResponse<AccessKey>, ApiError> {
    auth.demand_keys(Scope::KeysRead)?;
    let (project, id) = (auth.project()?, key_id(&path)?);
    let key = state.service.stored_access_key(project, id, auth.0.clone()).await?;
    Ok(key.map(|key| wire::access_key(&key)).into())
}

/// Makes an access key or a personal API key: of the user who asks, of the user that the application names, or, of
/// access keys, of the application. It never allows more than its holder may do. The answer is the only time that its secret
/// can be seen.
#[utoipa::path(post, path = "/v1/access-keys", tag = "access-keys",
    params(("idempotency-key" = Option<String>, Header, description = "The same for every attempt: the key is made once")),
    request_body = CreateAccessKey, responses(
    (status = 201, description = "Made", body = CreatedAccessKey),
    (status = 400, description = "Malformed", body = Problem),
    (status = 401, description = "Not authenticated, or, of a user, not lately", body = Problem),
    (status = 403, description = "Without the scopes, for another user, or users make none here", body = Problem),
    (status = 409, description = "The user has too many", body = Problem),
    (status = 422, description = "The Idempotency-Key came with another request before", body = Problem),
))]
pub(super) async fn create(
    mut auth: Authenticated,
    state: Data<State>,
    body: IdempotentBody<CreateAccessKey>,
) -> Result<ApiResponse<CreatedAccessKey>, ApiError> {
    auth.demand_keys(Scope::KeysWrite)?;
    let (body, context) = body.read(&mut auth, &state).await?;
    let project = project(&auth, &state, body.project.as_deref()).await?;
    let new = NewAccessKey::parse(body, &auth.0.caller, auth.0.now)?;
    let created = state.service.create_access_key(project, new, context).await?;
    Ok(ApiResponse::created(created.revision, made(&created.value)))
}

/// Changes an access key: its name, its status, narrower limits or an earlier end.
#[utoipa::path(patch, path = "/v1/access-keys/{id}", tag = "access-keys",
    params(("id" = String, Path, description = "The id of the key")),
    request_body = PatchAccessKey, responses(
        (status = 200, description = "As it is now", body = AccessKey),
        (status = 400, description = "Malformed", body = Problem),
        (status = 401, description = "Not authenticated, or, of a user, not lately", body = Problem),
        (status = 403, description = "Without the scope, or users put none in use again here", body = Problem),
        (status = 404, description = "Not there, or another user's", body = Problem),
        (status = 409, description = "It would be good for more, or for longer, or its user did not disable it", body = Problem),
    ))]
pub(super) async fn patch(
    mut auth: Authenticated,
    state: Data<State>,
    path: Path<String>,
    body: Body<PatchAccessKey>,
) -> Result<ApiResponse<AccessKey>, ApiError> {
    auth.demand_keys(Scope::KeysWrite)?;
    let body = body.read(&mut auth, &state).await?;
    let edit = AccessKeyEdit::parse(body, auth.0.now).map_err(|flaw| ApiError::of_body(&flaw))?;
    let (project, id) = (auth.project()?, key_id(&path)?);
    let key = state.service.patch_access_key(project, id, edit, auth.0.clone()).await?;
    Ok(key.map(|key| wire::access_key(&key)).into())
}

/// Rotates an access key: makes a new id and secret. The old key stays valid for the overlap.
#[utoipa::path(post, path = "/v1/access-keys/{id}/rotate", tag = "access-keys",
    params(
        ("id" = String, Path, description = "The id of the key"),
        ("idempotency-key" = Option<String>, Header, description = "The same for every attempt: the key is made once"),
    ),
    request_body = RotateAccessKey, responses(
        (status = 201, description = "Made", body = CreatedAccessKey),
        (status = 400, description = "Malformed", body = Problem),
        (status = 401, description = "Not authenticated, or, of a user, not lately", body = Problem),
        (status = 403, description = "Without the scopes, or users make none here", body = Problem),
        (status = 404, description = "Not there, or another user's", body = Problem),
        (status = 409, description = "It has ended, or two of its family are good", body = Problem),
        (status = 422, description = "The Idempotency-Key came with another request before", body = Problem),
    ))]
pub(super) async fn rotate(
    mut auth: Authenticated,
    state: Data<State>,
    path: Path<String>,
    body: IdempotentBody<RotateAccessKey>,
) -> Result<ApiResponse<CreatedAccessKey>, ApiError> {
    auth.demand_keys(Scope::KeysWrite)?;
    let (body, context) = body.read(&mut auth, &state).await?;
    let rotation = KeyRotation::parse_of_access_key(&body, auth.0.now);
    let rotation = rotation.map_err(|flaw| ApiError::of_body(&flaw))?;
    let (project, id) = (auth.project()?, key_id(&path)?);
    let old = state.service.stored_access_key(project.clone(), id.clone(), auth.0.clone()).await?;
    let end = rotation.end_of_access_key(&old.value, &auth.0.caller, auth.0.now)?;
    let overlap = rotation.overlap();
    let created = state.service.rotate_access_key(project, id, overlap, end, context).await?;
    Ok(ApiResponse::created(created.revision, made(&created.value)))
}

/// Revokes an access key for good.
#[utoipa::path(delete, path = "/v1/access-keys/{id}", tag = "access-keys",
    params(("id" = String, Path, description = "The id of the key")),
    responses(
        (status = 204, description = "Revoked, now or before"),
        (status = 400, description = "No id", body = Problem),
        (status = 401, description = "Not authenticated, or, of a user, not lately", body = Problem),
        (status = 403, description = "Without the scope", body = Problem),
    ))]
pub(super) async fn revoke(
    auth: Authenticated,
    state: Data<State>,
    path: Path<String>,
) -> Result<HttpResponse, ApiError> {
    auth.demand_keys(Scope::KeysWrite)?;
    let (project, id) = (auth.project()?, key_id(&path)?);
    let revoked = state.service.revoke_access_key(project, id, auth.0.clone()).await?;
    Ok(done(revoked.revision))
}

/// Revokes all access keys of a user.
#[utoipa::path(delete, path = "/v1/access-keys", tag = "access-keys", params(RevokeAccessKeysQuery), responses(
    (status = 204, description = "Revoked, now or before"),
    (status = 400, description = "Malformed", body = Problem),
    (status = 401, description = "Not authenticated, or, of a user, not lately", body = Problem),
    (status = 403, description = "Without the scope, or another user's", body = Problem),
))]
pub(super) async fn revoke_all(
    auth: Authenticated,
    state: Data<State>,
    query: Query<RevokeAccessKeysQuery>,
) -> Result<HttpResponse, ApiError> {
    auth.demand_keys(Scope::KeysWrite)?;
    let user = whose(&auth, Some(&query.0.user))?;
    let user = user.ok_or_else(|| ApiError::field("user", "names a user"))?;
    let project = auth.project()?;
    let revoked = state.service.revoke_access_keys_of(project, user, auth.0.clone()).await?;
    Ok(done(revoked.revision))
}

fn key_id(text: &str) -> Result<AccessKeyId, ApiError> {
    AccessKeyId::parse(text).map_err(|error| ApiError::field("id", error))
}

/// Whose keys are meant: a user's are their own.
fn whose(auth: &Authenticated, named: Option<&str>) -> Result<Option<SubjectId>, ApiError> {
    let named = named.map(SubjectId::parse).transpose();
    let named = named.map_err(|error| ApiError::field("user", error))?;
    let refused = |detail: &str| {
        let (code, detail) = ("root_only", detail.to_owned());
        Err(ApiError::Forbidden { code, detail, required: None })
    };
    match (&auth.0.caller, named) {
        (Caller::Root(_) | Caller::Operator { .. }, named) => Ok(named),
        (Caller::User(user), Some(named)) if named != user.id => {
            refused("the keys of other users are for the application")
        }
        (Caller::User(user), _) => Ok(Some(user.id.clone())),
        (Caller::AccessKey(_) | Caller::Session(_) | Caller::Everybody(_), _) => {
            refused("keys deal with no keys")
        }
    }
}

/// A key that was made, as its maker sees it.
pub(super) fn made(reply: &Reply<MadeAccessKey>) -> Reply<CreatedAccessKey> {
    Reply { value: wire::made_access_key(&reply.value), replayed: reply.replayed }
}
