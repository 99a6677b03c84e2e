//! What can go wrong with the database, in words that know nothing of HTTP.

use diesel::result::{DatabaseErrorKind, Error as DieselError};

use super::pool::Busy;

/// Why the store did not do as asked.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// What was asked for is not there, or not the caller's.
    #[error("{0} not found")]
    NotFound(&'static str),
    /// It is there already, or something else stands in its way.
    #[error("{detail}")]
    Conflict {
        /// Stable.
        code: &'static str,
        /// A sentence.
        detail: String,
    },
    /// What was to be changed is not as the caller expects it.
    #[error("{0}")]
    Precondition(String),
    /// One of several things that were asked for cannot be done, so none was.
    #[error("{error}")]
    Item {
        /// Which one, from 0.
        index: usize,
        /// Why.
        error: Box<StoreError>,
    },
    /// The history that is needed is kept no more, or is too long to be undone.
    #[error("{0}")]
    Gone(&'static str),
    /// A newer version wrote the history that is needed, in this layout.
    #[error("a newer version wrote that part of the history, in layout {0}")]
    NewerHistory(u64),
    /// An `Idempotency-Key` came back with another request.
    #[error("the Idempotency-Key was used for another request")]
    KeyReused,
    /// The caller may not.
    #[error("{0}")]
    Forbidden(String),
    /// The database cannot be reached, or did not answer in time.
    #[error("the database is not available")]
    Unavailable(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// There is no room for the record of what is allowed.
    #[error("the disk is too full for another record")]
    DiskFull,
    /// A row that no version of Cargo wrote, or a seal that does not open.
    #[error("the stored data could not be read: {0}")]
    Corrupt(String),
}

impl StoreError {
    /// The same of the one thing that was asked for.
    pub(super) fn alone(self) -> Self {
        match self {
            Self::Item { error, .. } => *error,
            other => other,
        }
    }

    /// What is wrong, of whichever item it is.
    pub(super) fn inner(&self) -> &Self {
        match self {
            Self::Item { error, .. } => error,
            other => other,
        }
    }

    /// Whether there are connections, and all of them are in use.
    pub(crate) fn is_busy(&self) -> bool {
        matches!(self, Self::Unavailable(cause) if cause.is::<Busy>())
    }

    /// What is wrong, in the words of whatever it is that is not available.
    pub(super) fn cause(&self) -> String {
        match self {
            Self::Unavailable(cause) => cause.to_string(),
            other => other.to_string(),
        }
    }

    /// A row that does not parse.
    pub(super) fn corrupt(error: impl std::fmt::Display) -> Self {
        Self::Corrupt(error.to_string())
    }
}

impl From<DieselError> for StoreError {
    fn from(error: DieselError) -> Self {
        match error {
            DieselError::NotFound => Self::NotFound("row"),
            DieselError::DatabaseError(DatabaseErrorKind::UniqueViolation, _) => Self::Conflict {
                code: "already_exists",
                detail: "it exists already, or its name is taken".to_owned(),
            },
            DieselError::DatabaseError(DatabaseErrorKind::ForeignKeyViolation, _) => {
                Self::Conflict {
                    code: "in_use",
                    detail: "something else still refers to it, or it is gone".to_owned(),
                }
            }
            other => Self::Unavailable(Box::new(other)),
        }
    }
}
