//! Effective permissions: of the caller, of a user, of everybody in a bucket.

use actix_web::web::{Data, Path};
use sail_cargo_protocol::{
    AccessQuery, BucketPermissions, Page, PermissionsQuery, PrefixPermissions, Problem,
    SubjectPermissions, UserPermissionsQuery,
};

use super::answer::ApiResponse;
use super::bucket_path::bucket_name;
use super::error::ApiError;
use super::extractors::{Authenticated, Query};
use super::grants::subject_filter;
use super::page::{Pinned, whole_at};
use super::seal::Seal;
use super::state::State;
use super::users::{self, user_id};
use crate::domain::caller::Scope as KeyScope;
use crate::domain::holdings::{HoldingScope, by_bucket, by_subject};
use crate::domain::{At, BucketName, Caller, Context, Holdings, ObjectKey, Permissions, Subject};
use sail_cargo_database::history::When;

/// What may I do, here or everywhere? A bucket that is absent and one that is not yours read the
/// same: no permissions.
#[utoipa::path(get, path = "/v1/permissions", tag = "callers", params(PermissionsQuery), responses(
    (status = 200, description = "By bucket", body = Page<BucketPermissions>),
    (status = 400, description = "Malformed", body = Problem),
    (status = 401, description = "Not authenticated", body = Problem),
    (status = 403, description = "The API key does not have the scope", body = Problem),
))]
pub(super) async fn permissions(
    auth: Authenticated,
    state: Data<State>,
    query: Query<PermissionsQuery>,
) -> Result<ApiResponse<Page<BucketPermissions>>, ApiError> {
    auth.demand_scope(KeyScope::GrantsRead)?;
    let caller = auth.0.caller.clone();
    held_by(&auth, &state, caller, query.0.bucket.as_deref()).await
}

/// What may this user do, here or everywhere? Of the caller, or for the application.
#[utoipa::path(get, path = "/v1/users/{user}/permissions", tag = "users",
    params(("user" = String, Path, description = "The id in their token"), UserPermissionsQuery),
    responses(
        (status = 200, description = "By bucket", body = Page<BucketPermissions>),
        (status = 400, description = "Malformed", body = Problem),
        (status = 401, description = "Not authenticated", body = Problem),
        (status = 403, description = "Only the application asks about others", body = Problem),
    ))]
pub(super) async fn of_user(
    auth: Authenticated,
    state: Data<State>,
    path: Path<String>,
    query: Query<UserPermissionsQuery>,
) -> Result<ApiResponse<Page<BucketPermissions>>, ApiError> {
    let user = user_id(&path)?;
    users::demand_self_or_root(&auth, &user)?;
    let named = query.0.groups.as_deref().unwrap_or_default().split(',');
    let groups: Vec<&str> = named.filter(|group| !group.is_empty()).collect();
    let caller = match (auth.is_root(), groups.as_slice()) {
        (true, _) => users::as_user(&auth, user, groups, "groups")?,
        (false, []) => auth.0.caller.clone(),
        (false, _) => return Err(ApiError::field("groups", "your token names your groups")),
    };
    held_by(&auth, &state, caller, query.0.bucket.as_deref()).await
}

async fn held_by(
    auth: &Authenticated,
    state: &State,
    caller: Caller,
    bucket: Option<&str>,
) -> Result<ApiResponse<Page<BucketPermissions>>, ApiError> {
    let only = bucket.map(bucket_name).transpose()?;
    let context = &auth.0;
    let At { value: authority, revision } = state
        .service
        .authority_of(
            auth.project()?,
            caller.clone(),
            context,
            only.clone().map(|one| vec![one]),
            When::Now,
        )
        .await?;
    let buckets: Vec<BucketName> = match &only {
        Some(bucket) => vec![bucket.clone()],
        None => authority.buckets.keys().cloned().collect(),
    };
    let held = by_bucket(authority, &caller, &buckets, context.now);
    let items = buckets
        .iter()
        .zip(held)
        .filter(|(_, held)| only.is_some() || !held.is_empty())
        .map(|(bucket, held)| BucketPermissions {
            bucket: bucket.to_string(),
            permissions: held.whole.into(),
            prefixes: prefixes(held),
        })
        .collect();
    Ok(whole_at(At { value: items, revision }))
}

fn prefixes(held: Holdings) -> Vec<PrefixPermissions> {
    held.below
        .into_iter()
        .map(|(prefix, permissions)| PrefixPermissions {
            prefix: prefix.to_string(),
            prefix_kind: prefix.kind(),
            permissions: permissions.into(),
        })
        .collect()
}

/// Who can do what in a bucket, now or at an earlier instant? For the application and for admins
/// of all of it. Who is in a token group cannot be listed: users hold what the token groups give
/// that their tokens name, beside what is said of them here.
#[utoipa::path(get, path = "/v1/buckets/{bucket}/access", tag = "buckets",
    params(("bucket" = String, Path, description = "Its name in S3"), AccessQuery),
    responses(
        (status = 200, description = "Users by id, groups by name, token groups by name, everybody", body = Page<SubjectPermissions>),
        (status = 400, description = "Malformed", body = Problem),
        (status = 401, description = "Not authenticated", body = Problem),
        (status = 403, description = "The caller does not administer all of it", body = Problem),
        (status = 404, description = "Not there, or nothing the caller administers", body = Problem),
        (status = 410, description = "That part of the history is gone", body = Problem),
    ))]
pub(super) async fn access(
    auth: Authenticated,
    state: Data<State>,
    path: Path<String>,
    query: Query<AccessQuery>,
) -> Result<ApiResponse<Page<SubjectPermissions>>, ApiError> {
    auth.demand_scope(KeyScope::GrantsRead)?;
    let bucket = bucket_name(&path)?;
    let AccessQuery { permission, key, kind, subject, at, page_size, page_token } = query.0;
    let subjects = subject_filter(kind, subject.as_deref())?;
    if let Some(key) = &key {
        ObjectKey::parse(key).map_err(|error| ApiError::field("key", error))?;
    }
    let listing = (bucket.as_str(), permission, &key, kind, &subject, at);
    let seal = Seal::of(&state, &auth, "access", listing)?;
    let window: Pinned<(u8, String)> =
        Pinned::read(seal, page_size, page_token.as_deref(), at, auth.0.now)?;
    let project = auth.project()?;
    let context: Context = auth.0.clone();
    let access = state
        .service
        .bucket_access(
            project.clone(),
            bucket.clone(),
            subjects.clone(),
            window.when,
            window.now,
            context,
        )
        .await?;
    let place = key.as_deref().map_or(HoldingScope::Bucket, HoldingScope::Key);
    let listed = access.map(|access| {
        let (authority, users) = (&access.authority, &access.users);
        let all = by_subject(&project, &bucket, authority, users, &subjects, place, window.now);
        let mut seen: Vec<_> = all
            .into_iter()
            .filter(|(_, held)| permission.is_none_or(|one| holds_anywhere(held, one)))
            .filter(|(subject, _)| {
                window.after.as_ref().is_none_or(|after| position(subject) > *after)
            })
            .take(window.limit + 1)
            .collect();
        let more = seen.len() > window.limit;
        seen.truncate(window.limit);
        (seen, more)
    });
    let users = listed.value.0.iter().filter_map(|(subject, _)| subject.user());
    let names = state.service.usernames_of(&project, users).await?;
    let username =
        |subject: &Subject| subject.user().and_then(|user| names.of(user)).map(ToString::to_string);
    Ok(window.page(
        listed,
        |(subject, _)| position(subject),
        |(subject, held)| SubjectPermissions {
            kind: subject.kind(),
            subject: subject.name().to_owned(),
            username: username(subject),
            permissions: held.whole.into(),
            prefixes: prefixes(held.clone()),
            members_unknown: matches!(subject, Subject::TokenGroup(_)),
        },
    ))
}

fn holds_anywhere(held: &Holdings, permission: sail_cargo_protocol::Permission) -> bool {
    held.below
        .iter()
        .map(|(_, permissions)| *permissions)
        .fold(held.whole, Permissions::union)
        .contains(permission)
}

fn position(subject: &Subject) -> (u8, String) {
    let kind = match subject {
        Subject::User(_) => 0,
        Subject::Group(_) => 1,
        Subject::TokenGroup(_) => 2,
        Subject::Authenticated => 3,
        Subject::Public => 4,
    };
    (kind, subject.name().to_owned())
}
