//! Why the auth service does not do what is asked.

use super::gate::Busy;
use crate::authn::LoginError;
use crate::domain::{Flaw, ProjectId};
use crate::service::ServiceError;

/// Why nobody is signed in, or no password is set.
#[derive(Debug, thiserror::Error)]
pub enum AuthError {
    /// Too many passwords are being checked, of all or of this account.
    #[error("too many passwords are being checked: try again in a moment")]
    Busy,
    /// Too many attempts failed; the next one is looked at after so many seconds.
    #[error("too many attempts to sign in failed: try again in {0} s")]
    Delayed(u64),
    /// The server has several projects.
    #[error("name the project to sign in to")]
    ProjectRequired,
    /// What was presented proves nothing.
    #[error("{error}")]
    Refused {
        /// Why.
        error: LoginError,
        /// In which project, where that is known.
        project: Option<ProjectId>,
    },
    /// The password is right, and another one must be set.
    #[error("set another password: sign in again with `new_password`")]
    ChangeRequired,
    /// The caller's token is of another auth service.
    #[error("the token is of another auth service: it keeps the password")]
    NotAnAccount,
    /// The password that shall be set breaks a rule.
    #[error(transparent)]
    Flaw(#[from] Flaw),
    /// The server cannot look.
    #[error(transparent)]
    Service(#[from] ServiceError),
    /// A defect of this server.
    #[error("{0}")]
    Failed(String),
}

impl AuthError {
    /// A refusal in a project.
    pub(super) const fn refused(error: LoginError, project: ProjectId) -> Self {
        Self::Refused { error, project: Some(project) }
    }
}

impl From<LoginError> for AuthError {
    fn from(error: LoginError) -> Self {
        Self::Refused { error, project: None }
    }
}

impl From<Busy> for AuthError {
    fn from(_: Busy) -> Self {
        Self::Busy
    }
}
