//! `/v1/users`: the users whom grants and member lists name. For the application; users can ask
//! about themselves.

use actix_web::web::{Data, Path};
use chrono::TimeDelta;
use sail_cargo_protocol::{
    BulkQuery, Grant, GrantsChanged, GrantsQuery, Page, PageQuery, Problem, SubjectKind, User,
};

use super::answer::ApiResponse;
use super::error::ApiError;
use super::extractors::{Authenticated, Query};
use super::grants::{changed, edit_options, page_of};
use super::page::Pinned;
use super::seal::Seal;
use super::state::State;
use super::wire;
use crate::domain::caller::{self, Scope};
use crate::domain::{Caller, GrantFilter, SubjectFilter, SubjectId};
use crate::service::UserSummary;

/// The users whom a grant or a member list names.
#[utoipa::path(get, path = "/v1/users", tag = "users", params(PageQuery), responses(
    (status = 200, description = "By id", body = Page<User>),
    (status = 400, description = "Malformed", body = Problem),
    (status = 401, description = "Not authenticated", body = Problem),
    (status = 403, description = "For the application", body = Problem),
    (status = 410, description = "That part of the history is gone", body = Problem),
))]
pub(super) async fn list(
    auth: Authenticated,
    state: Data<State>,
    query: Query<PageQuery>,
) -> Result<ApiResponse<Page<User>>, ApiError> {
    auth.demand_root(Scope::GrantsRead)?;
    let seal = Seal::of(&state, &auth, "users", ())?;
    let token = query.0.page_token.as_deref();
    let window: Pinned<String> = Pinned::read(seal, query.0.page_size, token, None, auth.0.now)?;
    let listing = window.listing(auth.project()?);
    let users = state.service.users(listing, auth.0.clone()).await?;
    let ids = users.value.0.iter().filter_map(|user| SubjectId::parse(&user.id).ok());
    let ids: Vec<SubjectId> = ids.collect();
    let names = state.service.usernames_of(&auth.project()?, &ids).await?;
    let shown = |user: &UserSummary| {
        let id = SubjectId::parse(&user.id).ok();
        let username = id.and_then(|id| names.of(&id).map(ToString::to_string));
        wire::user(user.clone(), username)
    };
    Ok(window.page(users, |user| user.id.clone(), shown))
}

/// Every grant that names a user; not what they hold through groups or as one of everybody.
#[utoipa::path(get, path = "/v1/users/{user}/grants", tag = "users",
    params(("user" = String, Path, description = "The id in their token"), GrantsQuery),
    responses(
        (status = 200, description = "By bucket and prefix", body = Page<Grant>),
        (status = 400, description = "Malformed", body = Problem),
        (status = 401, description = "Not authenticated", body = Problem),
        (status = 403, description = "Only the application asks about others", body = Problem),
        (status = 410, description = "That part of the history is gone", body = Problem),
    ))]
pub(super) async fn grants(
    auth: Authenticated,
    state: Data<State>,
    path: Path<String>,
    query: Query<GrantsQuery>,
) -> Result<ApiResponse<Page<Grant>>, ApiError> {
    let user = user_id(&path)?;
    demand_self_or_root(&auth, &user)?;
    let named = [("kind", query.0.kind.is_some()), ("subject", query.0.subject.is_some())];
    if let Some((field, _)) = named.into_iter().find(|(_, is_named)| *is_named) {
        return Err(ApiError::field(field, "the path names the subject"));
    }
    let filter = GrantFilter {
        bucket: None,
        subjects: SubjectFilter { kind: Some(SubjectKind::User), name: Some(user.to_string()) },
    };
    page_of("user-grants", &auth, &state, filter, &query.0).await
}

/// Takes every grant of a user away: all, or none. What they hold through groups stays.
#[utoipa::path(delete, path = "/v1/users/{user}/grants", tag = "users",
    params(("user" = String, Path, description = "The id in their token"), BulkQuery),
    responses(
        (status = 200, description = "Done, or what would be done", body = GrantsChanged),
        (status = 400, description = "Malformed", body = Problem),
        (status = 401, description = "Not authenticated", body = Problem),
        (status = 403, description = "For the application", body = Problem),
        (status = 409, description = "A bucket would lose its last admin", body = Problem),
    ))]
pub(super) async fn delete_grants(
    auth: Authenticated,
    state: Data<State>,
    path: Path<String>,
    query: Query<BulkQuery>,
) -> Result<ApiResponse<GrantsChanged>, ApiError> {
    auth.demand_root(Scope::GrantsWrite)?;
    let edit_options = edit_options(&auth, query.0.dry_run, query.0.force)?;
    let user = user_id(&path)?;
    let deleted = state
        .service
        .delete_user_grants(auth.project()?, user, edit_options, auth.0.clone())
        .await?;
    Ok(changed(edit_options, deleted))
}

/// Parses a user id from the path.
pub(super) fn user_id(text: &str) -> Result<SubjectId, ApiError> {
    SubjectId::parse(text).map_err(|error| ApiError::field("user", error))
}

/// Accepts users who ask about themselves, and the application about anybody.
pub(super) fn demand_self_or_root(auth: &Authenticated, user: &SubjectId) -> Result<(), ApiError> {
    match auth.0.caller.user() {
        Some(caller) if caller.id == *user => auth.demand_scope(Scope::GrantsRead),
        _ => auth.demand_root(Scope::GrantsRead),
    }
}

/// A user as a caller, as if the user had sent a token that names `groups`. An invalid group is an
/// error of the field `pointer`.
pub(super) fn as_user(
    auth: &Authenticated,
    id: SubjectId,
    groups: Vec<&str>,
    pointer: &str,
) -> Result<Caller, ApiError> {
    let groups = groups
        .into_iter()
        .map(|group| SubjectId::parse(group).map_err(|error| ApiError::field(pointer, error)))
        .collect::<Result<_, _>>()?;
    Ok(Caller::User(caller::User {
        project: auth.project()?,
        id,
        groups,
        service_account: false,
        expires_at: auth.0.now + TimeDelta::hours(1),
        signed_in_at: None,
        epoch: None,
        via: None,
    }))
}
