//! `/v1/projects`: tenants. For operators.

use actix_web::HttpResponse;
use actix_web::web::{Data, Json, Path};
use sail_cargo_protocol::{CreateProject, Page, Problem, Project};

use super::error::ApiError;
use super::extract::{Asker, Body};
use super::page::whole;
use super::state::State;
use crate::domain::Slug;
use crate::domain::s3::Operation;
use crate::store::{self, NewProject, Settings};

/// All projects.
#[utoipa::path(get, path = "/v1/projects", tag = "operators", responses(
    (status = 200, description = "By slug", body = Page<Project>),
    (status = 401, description = "Not authenticated", body = Problem),
    (status = 403, description = "For operators", body = Problem),
))]
pub(crate) async fn list(
    asker: Asker,
    state: Data<State>,
) -> Result<Json<Page<Project>>, ApiError> {
    asker.demand_operator()?;
    let projects = state.store.projects().await?;
    Ok(Json(whole(projects.into_iter().map(wire).collect())))
}

/// Creates a project.
#[utoipa::path(post, path = "/v1/projects", tag = "operators", request_body = CreateProject, responses(
    (status = 201, description = "Created", body = Project),
    (status = 400, description = "Malformed", body = Problem),
    (status = 401, description = "Not authenticated", body = Problem),
    (status = 403, description = "For operators", body = Problem),
    (status = 404, description = "No such store", body = Problem),
    (status = 409, description = "The slug is taken", body = Problem),
))]
pub(crate) async fn create(
    asker: Asker,
    state: Data<State>,
    body: Body<CreateProject>,
) -> Result<HttpResponse, ApiError> {
    asker.demand_operator()?;
    let new = new_project(body.0)?;
    let project = state.store.create_project(new, asker.0.now).await?;
    Ok(HttpResponse::Created().json(wire(project)))
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
pub(crate) async fn get(
    asker: Asker,
    state: Data<State>,
    path: Path<String>,
) -> Result<Json<Project>, ApiError> {
    asker.demand_operator()?;
    if path.chars().any(char::is_control) {
        return Err(ApiError::NotFound("project"));
    }
    Ok(Json(wire(state.store.project(path.into_inner()).await?)))
}

/// Checks what an operator wrote.
pub(crate) fn new_project(wire: CreateProject) -> Result<NewProject, ApiError> {
    let slug = |pointer: &str, text: &str| {
        Slug::parse(text).map_err(|error| ApiError::field(pointer, error))
    };
    for (index, name) in wire.root_extra.iter().enumerate() {
        if Operation::by_name(name).is_none() {
            let pointer = format!("/root_extra/{index}");
            return Err(ApiError::field(pointer, format!("`{name}` is no S3 operation")));
        }
    }
    Ok(NewProject {
        slug: slug("/slug", &wire.slug)?,
        store: slug("/store", &wire.store)?,
        settings: Settings { root_extra: wire.root_extra, ..Settings::default() },
    })
}

fn wire(project: store::Project) -> Project {
    Project {
        id: project.id.to_string(),
        slug: project.slug,
        store: project.store,
        root_extra: project.settings.root_extra,
        status: project.status,
        default_permissions: project.default_permissions.into(),
        tags_are_authority: project.settings.tags_are_authority,
        max_presign_seconds: u32::try_from(project.settings.max_presign_seconds)
            .unwrap_or(u32::MAX),
        created_at: project.created_at,
    }
}
