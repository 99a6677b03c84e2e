//! What can go wrong in a transaction, in words that know nothing of HTTP.

use sail_cargo_database::ailment::Ailment;
use sail_cargo_database::{DatabaseError, QueryError};

use crate::audit::AuditError;
use crate::domain::{Conflict, Resource};

/// Why the service did not do as asked.
#[derive(Debug, thiserror::Error)]
pub enum ServiceError {
    /// What was asked for is not there, or not the caller's.
    #[error("{0} not found")]
    NotFound(Resource),
    /// It is there already, or something else stands in its way.
    #[error(transparent)]
    Conflict(#[from] Conflict),
    /// What was to be changed is not as the caller expects it.
    #[error("{0}")]
    Precondition(String),
    /// One of several things that were asked for cannot be done, so none was.
    #[error("{error}")]
    Item {
        /// Which one, from 0.
        index: usize,
        /// Why.
        error: Box<ServiceError>,
    },
    /// An `Idempotency-Key` came back with another request.
    #[error("the Idempotency-Key was used for another request")]
    KeyReused,
    /// The caller may not.
    #[error("{0}")]
    Forbidden(String),
    /// There is no room for the record of what is allowed.
    #[error("the disk is too full for another audit record")]
    DiskFull,
    /// The database did not do its part.
    #[error(transparent)]
    Database(DatabaseError),
}

impl ServiceError {
    /// What is wrong, where it is about the one thing that was asked for.
    pub(super) fn alone(self) -> Self {
        match self {
            Self::Item { error, .. } => *error,
            other => other,
        }
    }

    /// What is wrong with the database, in words that anybody may read.
    pub fn ailment(&self) -> String {
        self.of_database().map_or(Ailment::Away.to_string(), DatabaseError::ailment)
    }

    /// What is wrong, of whichever item it is.
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
