//! What keeps an event from the record.

use sail_cargo_database::{DatabaseError, QueryError};

/// Why the audit trail did not do as asked.
#[derive(Debug, thiserror::Error)]
pub enum AuditError {
    /// There is no room for the record of what is allowed.
    #[error("the disk is too full for another audit record")]
    DiskFull,
    /// The database or the spool did not take it, or does not say what it has.
    #[error(transparent)]
    Database(#[from] DatabaseError),
}

impl QueryError for AuditError {
    fn of_database(&self) -> Option<&DatabaseError> {
        match self {
            Self::DiskFull => None,
            Self::Database(error) => Some(error),
        }
    }
}
