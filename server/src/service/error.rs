//! Errors of the service, independent of HTTP.

use sail_cargo_database::ailment::Ailment;
use sail_cargo_database::{DatabaseError, QueryError};

use crate::audit::AuditError;
use crate::domain::account::AccountFlaw;
use crate::domain::{Conflict, Resource};

/// Why the service did not do what was requested.
#[derive(Debug, thiserror::Error)]
pub enum ServiceError {
    /// The resource does not exist, or the caller has no access to it.
    #[error("{0} not found")]
    NotFound(Resource),
    /// The resource exists already, or something else conflicts with the request.
    #[error(transparent)]
    Conflict(#[from] Conflict),
    /// The resource does not meet the precondition of the request.
    #[error("{0}")]
    Precondition(String),
    /// One of several items cannot be processed, so none was.
    #[error("{error}")]
    Item {
        /// The index of the item, from 0.
        index: usize,
        /// Why this item failed.
        error: Box<ServiceError>,
    },
    /// The `Idempotency-Key` was used for another request.
    #[error("the Idempotency-Key was used for another request")]
    KeyReused,
    /// Users make no access keys of their own in this project.
    #[error("users make no access keys of their own in this project: the application makes them")]
    NoSelfService,
    /// The account of the user who asks was put out of use, or signed out, after they proved themselves.
    #[error(transparent)]
    SignedOut(AccountFlaw),
    /// The caller does not administer accounts.
    #[error(
        "only members of the group `admins`, which Cargo keeps, and the application administer accounts"
    )]
    NotAccountAdmin,
    /// The caller lacks the permission.
    #[error("{0}")]
    Forbidden(String),
    /// The disk has no room for the audit record of an allowed request.
    #[error("the disk is too full for another audit record")]
    DiskFull,
    /// The database failed.
    #[error(transparent)]
    Database(DatabaseError),
}

impl ServiceError {
    /// The error without its index, for a request with a single item.
    pub(super) fn alone(self) -> Self {
        match self {
            Self::Item { error, .. } => *error,
            other => other,
        }
    }

    /// What is wrong with the database, in words that are safe to show to anyone.
    pub fn ailment(&self) -> String {
        self.of_database().map_or(Ailment::Away.to_string(), DatabaseError::ailment)
    }

    /// The error without its index.
    pub(super) fn inner(&self) -> &Self {
        match self {
            Self::Item { error, .. } => error,
            other => other,
        }
    }
}

impl From<DatabaseError> for ServiceError {
    fn from(error: DatabaseError) -> Self {
        match error {
            DatabaseError::NotFound(what) => Self::NotFound(what),
            DatabaseError::Conflict(conflict) => Self::Conflict(conflict),
            other => Self::Database(other),
        }
    }
}

impl From<AuditError> for ServiceError {
    fn from(error: AuditError) -> Self {
        match error {
            AuditError::DiskFull => Self::DiskFull,
            AuditError::Database(error) => error.into(),
        }
    }
}

impl QueryError for ServiceError {
    fn of_database(&self) -> Option<&DatabaseError> {
        match self.inner() {
            Self::Database(error) => Some(error),
            _ => None,
        }
    }
}
