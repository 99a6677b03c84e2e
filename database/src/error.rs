//! What can go wrong with the database, in words that know nothing of HTTP or of who may do what.

use diesel::result::{DatabaseErrorKind, Error as DieselError};

use crate::domain::{Conflict, Resource, RevisionConflict};

/// Why the database did not do as asked.
#[derive(Debug, thiserror::Error)]
pub enum DatabaseError {
    /// What was asked for is not there.
    #[error("{0} not found")]
    NotFound(Resource),
    /// It is there already, or something else stands in its way.
    #[error(transparent)]
    Conflict(Conflict),
    /// The history that is needed is kept no more, or is too long to be undone.
    #[error("{0}")]
    Gone(&'static str),
    /// A newer version wrote the history that is needed, in this layout.
    #[error("a newer version of Cargo wrote that part of the history, in layout {0}")]
    NewerHistory(u64),
    /// The database cannot be reached, or did not answer in time.
    #[error("the database is not available")]
    Unavailable(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// A row that no version of Cargo wrote, or a seal that does not open.
    #[error("the stored data could not be read: {0}")]
    Corrupt(String),
}

/// There are connections, and all of them are in use.
#[derive(Debug, thiserror::Error)]
#[error("no connection to the database is free")]
pub struct Busy;

/// What a query may end in: an error of the database, or one of whoever asks.
pub trait QueryError: From<DatabaseError> + Send + 'static {
    /// The database's own error, if it is one.
    fn of_database(&self) -> Option<&DatabaseError>;
}

impl QueryError for DatabaseError {
    fn of_database(&self) -> Option<&DatabaseError> {
        Some(self)
    }
}

impl DatabaseError {
    /// It cannot be reached, and why.
    pub fn unavailable(cause: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self::Unavailable(cause.into())
    }

    /// A row that does not parse.
    pub fn corrupt(error: impl std::fmt::Display) -> Self {
        Self::Corrupt(error.to_string())
    }

    /// Whether there are connections, and all of them are in use.
    pub fn is_busy(&self) -> bool {
        matches!(self, Self::Unavailable(cause) if cause.is::<Busy>())
    }

    /// Whether the database is there and refused what it was asked.
    pub fn is_refused(&self) -> bool {
        matches!(self, Self::Unavailable(cause) if cause.is::<DieselError>())
    }

    /// Whether it is what was to be written that the database refuses, so that trying again is of no
    /// use.
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

    /// What is wrong, in the words of whatever it is that is not available.
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
