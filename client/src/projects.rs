//! Projects, for operators.

use futures_util::Stream;
use sail_cargo_protocol::{CreateProject, Page, PageQuery, PatchProject, Project};

use crate::{Client, Error};

impl Client {
    /// Lists one page of all projects (`GET /v1/projects`).
    pub async fn projects(&self, page: &PageQuery) -> Result<Page<Project>, Error> {
        self.answer(self.get(&["v1", "projects"])?.query(page)).await
    }

    /// Creates a project (`POST /v1/projects`).
    ///
    /// # Errors
    /// [`Error::is_conflict`] if the slug is taken.
    pub async fn create_project(&self, project: &CreateProject) -> Result<Project, Error> {
        self.create(self.post(&["v1", "projects"])?.json(project)).await
    }

    /// Reads one project (`GET /v1/projects/{slug}`).
    pub async fn project(&self, slug: &str) -> Result<Project, Error> {
        self.answer(self.get(&["v1", "projects", slug])?).await
    }

    /// Lists all projects, page after page.
    pub fn projects_stream(&self) -> impl Stream<Item = Result<Project, Error>> + Send + use<> {
        self.items(&["v1", "projects"], &PageQuery::default())
    }

    /// Changes the settings of a project (`PATCH /v1/projects/{slug}`). Absent settings stay.
    pub async fn patch_project(&self, slug: &str, patch: &PatchProject) -> Result<Project, Error> {
        self.answer(self.patch(&["v1", "projects", slug])?.json(patch)).await
    }
}
