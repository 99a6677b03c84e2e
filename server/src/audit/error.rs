//! Why an event was not recorded or listed.

use sail_cargo_database::{DatabaseError, QueryError};

/// Why the audit trail did not do what was requested.
#[derive(Debug, thiserror::Error)]
pub enum AuditError {
    /// There is no space for the record of an allowed request.
    #[error("the disk is too full for another audit record")]
    DiskFull,
    /// The database or the spool failed.
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
