//! Errors of the database, independent of HTTP and of permissions.

use diesel::result::{DatabaseErrorKind, Error as DieselError};

use crate::domain::{Conflict, Resource, RevisionConflict};

/// Why a database operation failed.
#[derive(Debug, thiserror::Error)]
pub enum DatabaseError {
    /// The requested resource does not exist.
    #[error("{0} not found")]
    NotFound(Resource),
    /// The resource exists already, or another one conflicts with it.
    #[error(transparent)]
    Conflict(Conflict),
    /// The history that the request needs is no longer kept, or is too long to be undone.
    #[error("{0}")]
    Gone(&'static str),
    /// A newer version wrote the history that the request needs, in this layout.
    #[error("a newer version of Cargo wrote that part of the history, in layout {0}")]
    NewerHistory(u64),
    /// The database cannot be reached, refused a statement, or did not answer in time.
    #[error("the database is not available")]
    Unavailable(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// A row that no version of Cargo wrote, or a secret that the master key does not open.
    #[error("the stored data could not be read: {0}")]
    Corrupt(String),
}

/// The cause of [`DatabaseError::Unavailable`] if all connections are in use.
#[derive(Debug, thiserror::Error)]
#[error("no connection to the database is free")]
pub struct Busy;

/// The error type of a query: it holds database errors, and maybe others.
pub trait QueryError: From<DatabaseError> + Send + 'static {
    /// The database error inside this error, if it is one.
    fn of_database(&self) -> Option<&DatabaseError>;
}

impl QueryError for DatabaseError {
    fn of_database(&self) -> Option<&DatabaseError> {
        Some(self)
    }
}

impl DatabaseError {
    /// [`DatabaseError::Unavailable`] with this cause.
    pub fn unavailable(cause: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self::Unavailable(cause.into())
    }

    /// [`DatabaseError::Corrupt`]: a stored value does not parse.
    pub fn corrupt(error: impl std::fmt::Display) -> Self {
        Self::Corrupt(error.to_string())
    }

    /// Whether all connections are in use.
    pub fn is_busy(&self) -> bool {
        matches!(self, Self::Unavailable(cause) if cause.is::<Busy>())
    }

    /// Whether the database answered and refused the statement.
    pub fn is_refused(&self) -> bool {
        matches!(self, Self::Unavailable(cause) if cause.is::<DieselError>())
    }

    /// Whether a retry is useless because the database refuses the values themselves.
    pub fn is_final(&self) -> bool {
        use DatabaseErrorKind::{CheckViolation, NotNullViolation};
        match self {
            Self::Unavailable(cause) => matches!(
                cause.downcast_ref::<DieselError>(),
                Some(DieselError::DatabaseError(CheckViolation | NotNullViolation, _))
            ),
            _ => true,
        }
    }

    /// The text of the underlying cause, for the log.
    pub fn cause(&self) -> String {
        match self {
            Self::Unavailable(cause) => cause.to_string(),
            other => other.to_string(),
        }
    }
}

impl From<DieselError> for DatabaseError {
    fn from(error: DieselError) -> Self {
        match error {
            DieselError::NotFound => Self::NotFound(Resource::Row),
            DieselError::DatabaseError(DatabaseErrorKind::UniqueViolation, _) => {
                Self::Conflict(Conflict::AlreadyExists)
            }
            DieselError::DatabaseError(DatabaseErrorKind::ForeignKeyViolation, _) => {
                Self::Conflict(Conflict::InUse)
            }
            other => Self::Unavailable(Box::new(other)),
        }
    }
}

impl From<RevisionConflict> for DatabaseError {
    fn from(conflict: RevisionConflict) -> Self {
        Self::Conflict(conflict.into())
    }
}
