//! Grants: one, those of a bucket, those of a project. For the application and bucket admins.

use std::collections::BTreeSet;

use actix_web::HttpResponse;
use actix_web::web::{Data, Path};
use sail_cargo_protocol::{
    BulkQuery, ChangeGrantQuery, Grant, GrantChange, GrantQuery, GrantsChanged, GrantsQuery, Page,
    PatchGrants, PrefixKind, Problem, PutGrant, SubjectKind,
};

use super::answer::{ApiResponse, done};
use super::body::Body;
use super::bucket_lifecycle::settle_first;
use super::bucket_path::bucket_name;
use super::error::ApiError;
use super::extractors::{Authenticated, Query};
use super::page::Pinned;
use super::precondition::Preconditions;
use super::seal::Seal;
use super::state::State;
use super::wire;
use crate::domain::caller::Scope;
use crate::domain::limits::{MAX_GRANTS_PATCH_BODY, MAX_GRANTS_PER_REVISION};
use crate::domain::{
    At, BucketName, GrantFilter, GrantKey, NewGrant, Position, Resource, StoredGrant, SubjectFilter,
};
use crate::service::{EditOptions, EditSummary, GrantEdit, Precondition};

/// The grants on a bucket that the caller administers.
#[utoipa::path(get, path = "/v1/buckets/{bucket}/grants", tag = "grants",
    params(("bucket" = String, Path, description = "Its name in S3"), GrantsQuery),
    responses(
        (status = 200, description = "By prefix, kind and subject", body = Page<Grant>),
        (status = 400, description = "Malformed", body = Problem),
        (status = 401, description = "Not authenticated", body = Problem),
        (status = 403, description = "The API key does not have the scope", body = Problem),
        (status = 404, description = "Not there, or nothing the caller administers", body = Problem),
        (status = 410, description = "That part of the history is gone", body = Problem),
    ))]
pub(super) async fn list(
    auth: Authenticated,
    state: Data<State>,
    path: Path<String>,
    query: Query<GrantsQuery>,
) -> Result<ApiResponse<Page<Grant>>, ApiError> {
    auth.demand_scope(Scope::GrantsRead)?;
    let filter = GrantFilter {
        bucket: Some(bucket_name(&path)?),
        subjects: subject_filter(query.0.kind, query.0.subject.as_deref())?,
    };
    page_of("bucket-grants", &auth, &state, filter, &query.0).await
}

/// Every grant of the project.
#[utoipa::path(get, path = "/v1/grants", tag = "grants", params(GrantsQuery), responses(
    (status = 200, description = "By bucket, prefix, kind and subject", body = Page<Grant>),
    (status = 400, description = "Malformed", body = Problem),
    (status = 401, description = "Not authenticated", body = Problem),
    (status = 403, description = "For the application", body = Problem),
    (status = 410, description = "That part of the history is gone", body = Problem),
))]
pub(super) async fn list_all(
    auth: Authenticated,
    state: Data<State>,
    query: Query<GrantsQuery>,
) -> Result<ApiResponse<Page<Grant>>, ApiError> {
    auth.demand_root(Scope::GrantsRead)?;
    let subjects = subject_filter(query.0.kind, query.0.subject.as_deref())?;
    let filter = GrantFilter { bucket: None, subjects };
    page_of("grants", &auth, &state, filter, &query.0).await
}

/// One page of a listing of grants. `name` identifies the route in page tokens.
pub(super) async fn page_of(
    name: &str,
    auth: &Authenticated,
    state: &State,
    filter: GrantFilter,
    query: &GrantsQuery,
) -> Result<ApiResponse<Page<Grant>>, ApiError> {
    let bucket = filter.bucket.as_ref().map(BucketName::as_str);
    let SubjectFilter { kind, name: subject } = &filter.subjects;
    let seal = Seal::of(state, auth, name, (bucket, kind, subject, query.at))?;
    let GrantsQuery { page_size, page_token, at, .. } = query;
    let window: Pinned<Position> =
        Pinned::read(seal, *page_size, page_token.as_deref(), *at, auth.0.now)?;
    let listed = state
        .service
        .grants(
            auth.project()?,
            filter,
            window.when,
            window.after.clone(),
            window.limit,
            auth.0.clone(),
        )
        .await?;
    let subjects = listed.value.0.iter().filter_map(|grant| grant.key.subject.user());
    let names = state.service.usernames_of(&auth.project()?, subjects).await?;
    let shown = |grant: &StoredGrant| {
        let username = grant.key.subject.user().and_then(|user| names.of(user));
        Grant { username: username.map(ToString::to_string), ..wire::grant(grant) }
    };
    Ok(window.page(listed, |grant| grant.key.position(), shown))
}

/// The filter of a listing, from the parameters `kind` and `subject` of its query.
pub(super) fn subject_filter(
    kind: Option<SubjectKind>,
    subject: Option<&str>,
) -> Result<SubjectFilter, ApiError> {
    if subject.is_some_and(|subject| subject.chars().any(char::is_control)) {
        return Err(ApiError::field("subject", "no control characters"));
    }
    Ok(SubjectFilter { kind, name: subject.map(ToOwned::to_owned) })
}

/// One grant.
#[utoipa::path(get, path = "/v1/buckets/{bucket}/grants/{subject}", tag = "grants",
    params(
        ("bucket" = String, Path, description = "Its name in S3"),
        ("subject" = String, Path, description = "The user id or group name; `*` for everybody"),
        GrantQuery,
    ),
    responses(
        (status = 200, description = "The grant", body = Grant,
            headers(("etag" = String, description = "`\"r\"` and its `updated_revision`"))),
        (status = 400, description = "Malformed", body = Problem),
        (status = 401, description = "Not authenticated", body = Problem),
        (status = 403, description = "The caller does not administer this", body = Problem),
        (status = 404, description = "Not there", body = Problem),
    ))]
pub(super) async fn get(
    auth: Authenticated,
    state: Data<State>,
    path: Path<(String, String)>,
    query: Query<GrantQuery>,
) -> Result<ApiResponse<Grant>, ApiError> {
    auth.demand_scope(Scope::GrantsRead)?;
    let key = grant_key(&path, (query.0.prefix_kind, &query.0.prefix), query.0.kind)?;
    Ok(one(&state.service.grant(auth.project()?, key, auth.0.clone()).await?))
}

/// Gives a grant: what the body leaves out is reset.
#[utoipa::path(put, path = "/v1/buckets/{bucket}/grants/{subject}", tag = "grants",
    params(
        ("bucket" = String, Path, description = "Its name in S3"),
        ("subject" = String, Path, description = "The user id or group name; `*` for everybody"),
        ChangeGrantQuery,
        ("if-match" = Option<String>, Header, description = "The ETag the grant must have; `*`: there must be one"),
        ("if-none-match" = Option<String>, Header, description = "`*`: there must be none"),
    ),
    request_body = PutGrant, responses(
        (status = 200, description = "As it is now", body = Grant,
            headers(("etag" = String, description = "`\"r\"` and its `updated_revision`"))),
        (status = 400, description = "Malformed", body = Problem),
        (status = 401, description = "Not authenticated", body = Problem),
        (status = 403, description = "The caller does not administer this", body = Problem),
        (status = 404, description = "No such bucket, or nothing the caller administers", body = Problem),
        (status = 409, description = "The bucket would lose its last admin, or the subject has too many grants", body = Problem),
        (status = 412, description = "The grant is not as the caller expects it", body = Problem),
        (status = 503, description = "The bucket was claimed, and the storage does not say how it stands", body = Problem),
    ))]
pub(super) async fn put(
    mut auth: Authenticated,
    state: Data<State>,
    path: Path<(String, String)>,
    query: Query<ChangeGrantQuery>,
    precondition: Preconditions,
    body: Body<PutGrant>,
) -> Result<ApiResponse<Grant>, ApiError> {
    auth.demand_scope(Scope::GrantsWrite)?;
    let body = body.read(&mut auth, &state).await?;
    let key = grant_key(&path, (query.0.prefix_kind, &query.0.prefix), query.0.kind)?;
    let new = NewGrant::parse(key, body).map_err(|flaw| ApiError::of_grant(&flaw, "", "/"))?;
    let edit_options = edit_options(&auth, false, query.0.force)?;
    settle_first(&auth, &state, [new.key().bucket.clone()], false).await?;
    let grant = state
        .service
        .put_grant(auth.project()?, new, precondition.0, edit_options, auth.0.clone())
        .await?;
    Ok(one(&grant))
}

/// Takes a grant away. Signatures that were handed out live until they end: at most 15 minutes.
#[utoipa::path(delete, path = "/v1/buckets/{bucket}/grants/{subject}", tag = "grants",
    params(
        ("bucket" = String, Path, description = "Its name in S3"),
        ("subject" = String, Path, description = "The user id or group name; `*` for everybody"),
        ChangeGrantQuery,
        ("if-match" = Option<String>, Header, description = "The ETag the grant must have; `*`: there must be one"),
    ),
    responses(
        (status = 204, description = "Taken away, or never given"),
        (status = 400, description = "Malformed", body = Problem),
        (status = 401, description = "Not authenticated", body = Problem),
        (status = 403, description = "The caller does not administer this", body = Problem),
        (status = 404, description = "No such bucket, or nothing the caller administers", body = Problem),
        (status = 409, description = "The bucket would lose its last admin", body = Problem),
        (status = 412, description = "The grant is not as the caller expects it", body = Problem),
        (status = 503, description = "The bucket was claimed, and the storage does not say how it stands", body = Problem),
    ))]
pub(super) async fn delete(
    auth: Authenticated,
    state: Data<State>,
    path: Path<(String, String)>,
    query: Query<ChangeGrantQuery>,
    precondition: Preconditions,
) -> Result<HttpResponse, ApiError> {
    auth.demand_scope(Scope::GrantsWrite)?;
    let key = grant_key(&path, (query.0.prefix_kind, &query.0.prefix), query.0.kind)?;
    let edit_options = edit_options(&auth, false, query.0.force)?;
    settle_first(&auth, &state, [key.bucket.clone()], false).await?;
    let deleted = state
        .service
        .delete_grant(auth.project()?, key, precondition.0, edit_options, auth.0.clone())
        .await?;
    Ok(done(deleted.revision))
}

/// Changes up to 1000 grants of a bucket: all, or none.
#[utoipa::path(patch, path = "/v1/buckets/{bucket}/grants", tag = "grants",
    params(("bucket" = String, Path, description = "Its name in S3"), BulkQuery),
    request_body = PatchGrants, responses(
        (status = 200, description = "Done, or what would be done", body = GrantsChanged),
        (status = 400, description = "Malformed", body = Problem),
        (status = 401, description = "Not authenticated", body = Problem),
        (status = 403, description = "The caller does not administer all of this", body = Problem),
        (status = 404, description = "No such bucket, or nothing the caller administers", body = Problem),
        (status = 409, description = "The bucket would lose its last admin, or a subject has too many grants", body = Problem),
        (status = 412, description = "A grant is not as the caller expects it", body = Problem),
        (status = 503, description = "The bucket was claimed, and the storage does not say how it stands", body = Problem),
    ))]
pub(super) async fn patch(
    mut auth: Authenticated,
    state: Data<State>,
    path: Path<String>,
    query: Query<BulkQuery>,
    body: Body<PatchGrants, MAX_GRANTS_PATCH_BODY>,
) -> Result<ApiResponse<GrantsChanged>, ApiError> {
    auth.demand_scope(Scope::GrantsWrite)?;
    if !administers_something(&auth, &state).await? {
        // The same error as for a bucket that the caller may not see.
        return Err(ApiError::NotFound(Resource::Bucket));
    }
    let edit_options = edit_options(&auth, query.0.dry_run, query.0.force)?;
    let body = body.read(&mut auth, &state).await?;
    let changes = body.changes;
    if !(1..=MAX_GRANTS_PER_REVISION).contains(&changes.len()) {
        return Err(ApiError::field("/changes", "1 to 1000 changes"));
    }
    auth.pays_for(changes.len(), &state)?;
    let at = |index: usize| format!("/changes/{index}");
    let edits = changes
        .into_iter()
        .enumerate()
        .map(|(index, change)| edit(&path, change).map_err(|error| error.under(&at(index))))
        .collect::<Result<Vec<_>, _>>()?;
    demand_distinct(&edits, at)?;
    let buckets = edits.iter().map(|edit| edit.key().bucket.clone());
    settle_first(&auth, &state, buckets, edit_options.dry_run).await?;
    let edited = state
        .service
        .edit_grants(auth.project()?, "grant.patch", edits, edit_options, auth.0.clone())
        .await
        .map_err(|error| ApiError::of_item(error, at))?;
    Ok(changed(edit_options, edited))
}

/// Whether the caller can change any grant. The server waits for no long body of a user who
/// administers nothing.
pub(super) async fn administers_something(
    auth: &Authenticated,
    state: &State,
) -> Result<bool, ApiError> {
    if auth.is_root() {
        return Ok(true);
    }
    let Some((user, limits)) = auth.0.caller.administrator() else { return Ok(false) };
    let authority = state.service.authority(auth.project()?, &auth.0, None).await?.value;
    let authority = match limits {
        Some(limits) => limits.cut(user, &authority),
        None => authority,
    };
    Ok(authority.administers_something(user, auth.0.now))
}

/// The options of a change. Users cannot force one.
pub(super) fn edit_options(
    auth: &Authenticated,
    dry_run: bool,
    force: bool,
) -> Result<EditOptions, ApiError> {
    if force {
        auth.demand_root(Scope::GrantsWrite)?;
    }
    Ok(EditOptions { dry_run, force, ..EditOptions::default() })
}

/// The response to a bulk change.
pub(super) fn changed(
    edit_options: EditOptions,
    edited: At<EditSummary>,
) -> ApiResponse<GrantsChanged> {
    let At { value, revision } = edited;
    let body = GrantsChanged {
        dry_run: edit_options.dry_run,
        created: value.created,
        updated: value.updated,
        deleted: value.deleted,
        unchanged: value.unchanged,
        effects: value.effects.into_iter().map(wire::effect).collect(),
        revision: revision.to_string(),
    };
    ApiResponse::at(revision, body)
}

fn one(grant: &At<StoredGrant>) -> ApiResponse<Grant> {
    let updated = grant.value.updated_revision;
    ApiResponse::at(grant.revision, wire::grant(&grant.value)).with_etag(updated)
}

fn edit(bucket: &str, change: GrantChange) -> Result<GrantEdit, ApiError> {
    let GrantChange { kind, subject, prefix, prefix_kind, put, if_revision } = change;
    let flawed = |flaw| ApiError::of_grant(&flaw, "/", "/put/");
    let key = GrantKey::parse(bucket, (prefix_kind, &prefix), kind, &subject).map_err(flawed)?;
    let new = put.map(|put| NewGrant::parse(key.clone(), put).map_err(flawed)).transpose()?;
    let precondition = match if_revision {
        None => Precondition::None,
        Some(0) => Precondition::Absent,
        Some(revision) if revision > 0 => Precondition::Revision(revision),
        Some(_) => return Err(ApiError::field("/if_revision", "0 or an `updated_revision`")),
    };
    Ok(match new {
        Some(new) => GrantEdit::give(new, precondition),
        None => GrantEdit::take(key, precondition),
    })
}

/// Refuses two edits of the same grant: the result would depend on their order.
pub(super) fn demand_distinct(
    edits: &[GrantEdit],
    at: impl Fn(usize) -> String,
) -> Result<(), ApiError> {
    let mut seen = BTreeSet::new();
    for (index, edit) in edits.iter().enumerate() {
        if !seen.insert(edit.key().position()) {
            return Err(ApiError::field(at(index), "the same grant twice"));
        }
    }
    Ok(())
}

fn grant_key(
    (bucket, subject): &(String, String),
    prefix: (PrefixKind, &str),
    kind: SubjectKind,
) -> Result<GrantKey, ApiError> {
    GrantKey::parse(bucket, prefix, kind, subject).map_err(|flaw| ApiError::of_parameter(&flaw))
}
