//! Projects, for operators.

use futures_util::Stream;
use sail_cargo_protocol::{CreateProject, Page, PageQuery, PatchProject, Project};

use crate::{Client, Error};

impl Client {
    /// All projects (`GET /v1/projects`).
    pub async fn projects(&self, page: &PageQuery) -> Result<Page<Project>, Error> {
        self.answer(self.get(&["v1", "projects"])?.query(page)).await
    }

    /// Creates a project (`POST /v1/projects`).
    ///
    /// # Errors
    /// [`Error::is_conflict`] when the slug is taken.
    pub async fn create_project(&self, project: &CreateProject) -> Result<Project, Error> {
        self.create(self.post(&["v1", "projects"])?.json(project)).await
    }

    /// One project (`GET /v1/projects/{slug}`).
    pub async fn project(&self, slug: &str) -> Result<Project, Error> {
        self.answer(self.get(&["v1", "projects", slug])?).await
    }

    /// All of them, page after page.
    pub fn projects_stream(&self) -> impl Stream<Item = Result<Project, Error>> + Send + use<> {
        self.items(&["v1", "projects"], &PageQuery::default())
    }

    /// Changes a project (`PATCH /v1/projects/{slug}`): what is absent stays.
    pub async fn patch_project(&self, slug: &str, patch: &PatchProject) -> Result<Project, Error> {
        self.answer(self.patch(&["v1", "projects", slug])?.json(patch)).await
    }
}
