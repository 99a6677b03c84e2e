//! `/v1/projects`: the tenants, for operators.

use std::collections::BTreeSet;
use std::ops::RangeInclusive;

use actix_web::HttpResponse;
use actix_web::web::{Data, Json, Path};
use sail_cargo_protocol::{
    CreateProject, Page, PageQuery, PatchProject, Permission, Problem, Project,
};

use super::answer::{ApiResponse, REPLAYED};
use super::body::Body;
use super::error::ApiError;
use super::extractors::{Authenticated, Query};
use super::idempotency::IdempotentBody;
use super::page::Window;
use super::seal::Seal;
use super::state::State;
use super::wire;
use crate::domain::limits::{
    MAX_CORS_ORIGINS, MAX_PRESIGN_SECONDS, MAX_SESSION_SECONDS, MIN_SESSION_SECONDS,
};
use crate::domain::s3::Operation;
use crate::domain::{BucketName, Home, PrefixTemplate, ProjectSettings, Resource, Slug, WebOrigin};
use crate::service::{HomeEdit, NewProject, ProjectEdit};

/// All projects.
#[utoipa::path(get, path = "/v1/projects", tag = "operators", params(PageQuery), responses(
    (status = 200, description = "By slug", body = Page<Project>),
    (status = 400, description = "Malformed", body = Problem),
    (status = 401, description = "Not authenticated", body = Problem),
    (status = 403, description = "For operators", body = Problem),
))]
pub(super) async fn list(
    auth: Authenticated,
    state: Data<State>,
    query: Query<PageQuery>,
) -> Result<Json<Page<Project>>, ApiError> {
    auth.demand_operator()?;
    let seal = Seal::of(&state, &auth, "projects", ())?;
    let window: Window<String> = Window::read(seal, &query.0)?;
    let after = window.after.clone().unwrap_or_default();
    let projects = state.service.projects(after, window.limit + 1).await?;
    let items = projects.iter().map(wire::project).collect();
    Ok(Json(window.page(items, |project: &Project| project.slug.clone())))
}

/// Creates a project.
#[utoipa::path(post, path = "/v1/projects", tag = "operators",
    params(("idempotency-key" = Option<String>, Header, description = "The same for every attempt: the project is made once")),
    request_body = CreateProject, responses(
    (status = 201, description = "Created", body = Project),
    (status = 400, description = "Malformed", body = Problem),
    (status = 401, description = "Not authenticated", body = Problem),
    (status = 403, description = "For operators", body = Problem),
    (status = 404, description = "No such store", body = Problem),
    (status = 409, description = "The slug is taken", body = Problem),
    (status = 422, description = "The Idempotency-Key came with another request before", body = Problem),
))]
pub(super) async fn create(
    mut auth: Authenticated,
    state: Data<State>,
    body: IdempotentBody<CreateProject>,
) -> Result<HttpResponse, ApiError> {
    auth.demand_operator()?;
    let (body, context) = body.read(&mut auth, &state).await?;
    let reply = state.service.create_project(new_project(body)?, context).await?;
    state.origins.forget(None);
    let mut answer = HttpResponse::Created();
    if reply.replayed {
        answer.insert_header((REPLAYED, "true"));
    }
    Ok(answer.json(wire::project(&reply.value)))
}

/// Changes a project: what the body leaves out stays.
#[utoipa::path(patch, path = "/v1/projects/{project}", tag = "operators",
    params(("project" = String, Path, description = "Its slug or id")),
    request_body = PatchProject, responses(
        (status = 200, description = "As it is now", body = Project),
        (status = 400, description = "Malformed", body = Problem),
        (status = 401, description = "Not authenticated", body = Problem),
        (status = 403, description = "For operators", body = Problem),
        (status = 404, description = "Not there", body = Problem),
    ))]
pub(super) async fn patch(
    mut auth: Authenticated,
    state: Data<State>,
    path: Path<String>,
    body: Body<PatchProject>,
) -> Result<ApiResponse<Project>, ApiError> {
    auth.demand_operator()?;
    let body = body.read(&mut auth, &state).await?;
    let edit = project_edit(body)?;
    let name = name(&path)?.to_owned();
    let patched = state.service.patch_project(name, edit, auth.0.clone()).await?;
    state.origins.forget(Some(&patched.value.id));
    Ok(patched.map(|project| wire::project(&project)).into())
}

/// One project.
#[utoipa::path(get, path = "/v1/projects/{project}", tag = "operators",
    params(("project" = String, Path, description = "Its slug or id")),
    responses(
        (status = 200, description = "The project", body = Project),
        (status = 401, description = "Not authenticated", body = Problem),
        (status = 403, description = "For operators", body = Problem),
        (status = 404, description = "Not there", body = Problem),
    ))]
pub(super) async fn get(
    auth: Authenticated,
    state: Data<State>,
    path: Path<String>,
) -> Result<ApiResponse<Project>, ApiError> {
    auth.demand_operator()?;
    let found = state.service.project(name(&path)?.to_owned()).await?;
    let project = state.service.project_at(found.id, auth.0.clone()).await?;
    Ok(project.map(|project| wire::project(&project)).into())
}

/// Validates a new project.
pub(crate) fn new_project(wire: CreateProject) -> Result<NewProject, ApiError> {
    let slug = |pointer: &str, text: &str| {
        Slug::parse(text).map_err(|error| ApiError::field(pointer, error))
    };
    check_operations(&wire.root_extra)?;
    Ok(NewProject {
        slug: slug("/slug", &wire.slug)?,
        store: slug("/store", &wire.store)?,
        settings: ProjectSettings {
            root_extra: wire.root_extra,
            cors_origins: origins(&wire.cors_origins)?,
            ..ProjectSettings::default()
        },
    })
}

/// Validates a change of a project.
pub(crate) fn project_edit(wire: PatchProject) -> Result<ProjectEdit, ApiError> {
    wire.root_extra.as_deref().map(check_operations).transpose()?;
    if wire.default_permissions.as_ref().is_some_and(|all| all.contains(&Permission::Admin)) {
        return Err(ApiError::field("/default_permissions", "admin is never a default"));
    }
    let life = 1..=MAX_PRESIGN_SECONDS;
    demand_within("/max_presign_seconds", wire.max_presign_seconds, &life)?;
    demand_within("/max_presign_gateway", wire.max_presign_gateway, &life)?;
    let session = MIN_SESSION_SECONDS..=MAX_SESSION_SECONDS;
    demand_within("/max_session", wire.max_session, &session)?;
    Ok(ProjectEdit {
        status: wire.status,
        default_permissions: wire.default_permissions.as_ref().map(Into::into),
        root_extra: wire.root_extra,
        tags_are_authority: wire.tags_are_authority,
        max_presign_seconds: wire.max_presign_seconds.map(Into::into),
        cors_origins: wire.cors_origins.as_deref().map(origins).transpose()?,
        self_service_keys: wire.self_service_keys,
        home: home_edit(wire.home, wire.no_home)?,
        max_presign_gateway: wire.max_presign_gateway,
        max_session: wire.max_session,
        cut_streams: wire.cut_streams,
        public_host_active_content: wire.public_host_active_content,
    })
}

fn home_edit(
    home: Option<sail_cargo_protocol::Home>,
    no_home: bool,
) -> Result<Option<HomeEdit>, ApiError> {
    let Some(home) = home else { return Ok(no_home.then_some(HomeEdit::Remove)) };
    if no_home {
        return Err(ApiError::field("/no_home", "not beside `home`"));
    }
    let bucket = BucketName::parse(&home.bucket);
    let bucket = bucket.map_err(|error| ApiError::field("/home/bucket", error))?;
    let prefix = PrefixTemplate::parse(&home.prefix)
        .and_then(|prefix| prefix.demand_plain().map(|()| prefix))
        .map_err(|error| ApiError::field("/home/prefix", error))?;
    Ok(Some(HomeEdit::Set(Home { bucket, prefix })))
}

fn demand_within(
    pointer: &str,
    seconds: Option<u32>,
    allowed: &RangeInclusive<u32>,
) -> Result<(), ApiError> {
    if seconds.is_none_or(|seconds| allowed.contains(&seconds)) {
        return Ok(());
    }
    Err(ApiError::field(pointer, format!("{} to {}", allowed.start(), allowed.end())))
}

/// Parses origins into the form that browsers send, without duplicates.
fn origins(named: &[String]) -> Result<Vec<String>, ApiError> {
    if named.len() > MAX_CORS_ORIGINS {
        return Err(ApiError::field("/cors_origins", format!("at most {MAX_CORS_ORIGINS}")));
    }
    let parsed = named.iter().enumerate().map(|(index, text)| {
        WebOrigin::parse(text)
            .map(|origin| origin.to_string())
            .map_err(|error| ApiError::field(format!("/cors_origins/{index}"), error))
    });
    let once: BTreeSet<_> = parsed.collect::<Result<_, _>>()?;
    Ok(once.into_iter().collect())
}

fn check_operations(names: &[String]) -> Result<(), ApiError> {
    for (index, name) in names.iter().enumerate() {
        if Operation::by_name(name).is_none() {
            let pointer = format!("/root_extra/{index}");
            return Err(ApiError::field(pointer, format!("`{name}` is not an S3 operation")));
        }
    }
    Ok(())
}

fn name(path: &str) -> Result<&str, ApiError> {
    if path.chars().any(char::is_control) {
        return Err(ApiError::NotFound(Resource::Project));
    }
    Ok(path)
}
