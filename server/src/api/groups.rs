//! `/v1/groups`: the member lists that Cargo keeps, for the application. The members of groups that
//! tokens name cannot be listed.

use actix_web::HttpResponse;
use actix_web::web::{Data, Path};
use sail_cargo_protocol::{Group, Member, Page, PageQuery, PatchGroup, Problem, PutMember};

use super::answer::{ApiResponse, done};
use super::body::Body;
use super::error::ApiError;
use super::extractors::{Authenticated, Query};
use super::page::Pinned;
use super::seal::Seal;
use super::state::State;
use super::users::user_id;
use super::wire;
use crate::domain::caller::Scope;
use crate::domain::{NewMember, SubjectId};

/// The groups that have members here.
#[utoipa::path(get, path = "/v1/groups", tag = "groups", params(PageQuery), responses(
    (status = 200, description = "By name", body = Page<Group>),
    (status = 400, description = "Malformed", body = Problem),
    (status = 401, description = "Not authenticated", body = Problem),
    (status = 403, description = "For the application", body = Problem),
    (status = 410, description = "That part of the history is gone", body = Problem),
))]
pub(super) async fn list(
    auth: Authenticated,
    state: Data<State>,
    query: Query<PageQuery>,
) -> Result<ApiResponse<Page<Group>>, ApiError> {
    auth.demand_root(Scope::GrantsRead)?;
    let seal = Seal::of(&state, &auth, "groups", ())?;
    let token = query.0.page_token.as_deref();
    let window: Pinned<String> = Pinned::read(seal, query.0.page_size, token, None, auth.0.now)?;
    let listing = window.listing(auth.project()?);
    let groups = state.service.groups(listing, auth.0.clone()).await?;
    Ok(window.page(groups, |group| group.name.clone(), |group| wire::group(group.clone())))
}

/// Says of a group that tokens were left out of when groups of tokens became a kind of their own
/// that this is as it should be.
#[utoipa::path(patch, path = "/v1/groups/{group}", tag = "groups",
    params(("group" = String, Path, description = "Its name")),
    request_body = PatchGroup, responses(
        (status = 200, description = "As it is now", body = Group),
        (status = 400, description = "Malformed", body = Problem),
        (status = 401, description = "Not authenticated", body = Problem),
        (status = 403, description = "For the application", body = Problem),
        (status = 404, description = "Nobody is in it", body = Problem),
    ))]
pub(super) async fn patch(
    mut auth: Authenticated,
    state: Data<State>,
    path: Path<String>,
    body: Body<PatchGroup>,
) -> Result<ApiResponse<Group>, ApiError> {
    auth.demand_root(Scope::GrantsWrite)?;
    let body = body.read(&mut auth, &state).await?;
    let group = group_name(&path)?;
    if body.tokens_left_out != Some(false) {
        return Err(ApiError::field("/tokens_left_out", "`false`"));
    }
    let (project, context) = (auth.project()?, auth.0.clone());
    let settled = state.service.settle_group(project, group, context).await?;
    Ok(settled.map(wire::group).into())
}

/// The members of a group that Cargo keeps, those included whose membership has ended. Those whose
/// tokens name a group are members of no list: the auth service knows them, and they cannot be
/// listed.
#[utoipa::path(get, path = "/v1/groups/{group}/members", tag = "groups",
    params(("group" = String, Path, description = "Its name"), PageQuery),
    responses(
        (status = 200, description = "By user; none, where there is no such group", body = Page<Member>),
        (status = 400, description = "Malformed", body = Problem),
        (status = 401, description = "Not authenticated", body = Problem),
        (status = 403, description = "For the application", body = Problem),
        (status = 410, description = "That part of the history is gone", body = Problem),
    ))]
pub(super) async fn members(
    auth: Authenticated,
    state: Data<State>,
    path: Path<String>,
    query: Query<PageQuery>,
) -> Result<ApiResponse<Page<Member>>, ApiError> {
    auth.demand_root(Scope::GrantsRead)?;
    let group = group_name(&path)?;
    let seal = Seal::of(&state, &auth, "members", group.as_str())?;
    let token = query.0.page_token.as_deref();
    let window: Pinned<String> = Pinned::read(seal, query.0.page_size, token, None, auth.0.now)?;
    let listing = window.listing(auth.project()?);
    let members = state.service.members(listing, group, auth.0.clone()).await?;
    Ok(window.page(members, |member| member.user.to_string(), wire::member))
}

/// Makes a user a member of a group, or changes until when they are one.
#[utoipa::path(put, path = "/v1/groups/{group}/members/{user}", tag = "groups",
    params(
        ("group" = String, Path, description = "Its name"),
        ("user" = String, Path, description = "The id in their token"),
    ),
    request_body = PutMember, responses(
        (status = 200, description = "As it is now", body = Member),
        (status = 400, description = "Malformed", body = Problem),
        (status = 401, description = "Not authenticated", body = Problem),
        (status = 403, description = "For the application", body = Problem),
        (status = 409, description = "The user is in too many groups", body = Problem),
    ))]
pub(super) async fn put(
    mut auth: Authenticated,
    state: Data<State>,
    path: Path<(String, String)>,
    body: Body<PutMember>,
) -> Result<ApiResponse<Member>, ApiError> {
    auth.demand_root(Scope::GrantsWrite)?;
    let body = body.read(&mut auth, &state).await?;
    let new = NewMember::parse(&path.0, &path.1, &body);
    let new = new.map_err(|flaw| ApiError::of_parameter(&flaw))?;
    let put = state.service.put_member(auth.project()?, new, auth.0.clone()).await?;
    Ok(put.map(|membership| wire::member(&membership)).into())
}

/// Takes a user out of a group.
#[utoipa::path(delete, path = "/v1/groups/{group}/members/{user}", tag = "groups",
    params(
        ("group" = String, Path, description = "Its name"),
        ("user" = String, Path, description = "The id in their token"),
    ),
    responses(
        (status = 204, description = "Taken out, or never in it"),
        (status = 400, description = "Malformed", body = Problem),
        (status = 401, description = "Not authenticated", body = Problem),
        (status = 403, description = "For the application", body = Problem),
        (status = 409, description = "The last member of `admins`, where there are accounts", body = Problem),
    ))]
pub(super) async fn delete(
    auth: Authenticated,
    state: Data<State>,
    path: Path<(String, String)>,
) -> Result<HttpResponse, ApiError> {
    auth.demand_root(Scope::GrantsWrite)?;
    let (group, user) = (group_name(&path.0)?, user_id(&path.1)?);
    let (project, context) = (auth.project()?, auth.0.clone());
    Ok(done(state.service.delete_member(project, group, user, context).await?.revision))
}

fn group_name(text: &str) -> Result<SubjectId, ApiError> {
    SubjectId::parse(text).map_err(|error| ApiError::field("group", error))
}
