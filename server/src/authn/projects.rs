//! The project of a request: the credentials' project and the named project must agree.

use super::error::AuthnError;
use super::refusal::Refusal;
use crate::domain::{ProjectId, Slug};
use crate::service::{Service, ServiceError};

/// Finds projects by slug or id.
#[derive(Debug, Clone)]
pub(super) struct Projects(Service);

/// The request has no project, an unknown one, or several. An unknown project and another tenant's
/// project give the same error.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum ProjectError {
    #[error("neither the token, nor the API key, nor `X-Project` names a project")]
    Required,
    #[error("the token, the API key and `X-Project` do not name the same project")]
    Mismatch,
    #[error("the project is not known")]
    Unknown,
}

impl Projects {
    pub(super) fn new(service: Service) -> Self {
        Self(service)
    }

    /// The project with this slug or id.
    pub(super) async fn find(&self, name: &str) -> Result<ProjectId, AuthnError> {
        self.look_up(name).await?.ok_or_else(|| ProjectError::Unknown.into())
    }

    /// The project that the credentials prove, if any. All proven projects must be equal, and the
    /// project that the request names must be the same.
    pub(super) async fn agree(
        &self,
        proven: [Option<&ProjectId>; 2],
        named: Option<&str>,
    ) -> Result<Option<ProjectId>, AuthnError> {
        let mut present = proven.into_iter().flatten();
        let Some(first) = present.next() else { return Ok(None) };
        if !present.all(|other| other == first) {
            return Err(ProjectError::Mismatch.into());
        }
        match named {
            Some(name) if self.look_up(name).await?.as_ref() != Some(first) => {
                Err(ProjectError::Mismatch.into())
            }
            _ => Ok(Some(first.clone())),
        }
    }

    async fn look_up(&self, name: &str) -> Result<Option<ProjectId>, AuthnError> {
        if Slug::parse(name).is_err() && ProjectId::parse(name).is_err() {
            return Ok(None);
        }
        match self.0.project_id(name).await {
            Ok(project) => Ok(Some(project)),
            Err(ServiceError::NotFound(_)) => Ok(None),
            Err(other) => Err(other.into()),
        }
    }
}

impl Refusal for ProjectError {
    fn code(&self) -> &'static str {
        match self {
            Self::Required => "project_required",
            Self::Mismatch => "project_mismatch",
            Self::Unknown => "unknown_project",
        }
    }

    fn is_of_the_token(&self) -> bool {
        true
    }
}
