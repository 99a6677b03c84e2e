//! Classifies database errors by their texts into words that are safe to show to anyone.
//!
//! The original error text may name hosts, files and users. It belongs in the log only.

use std::error::Error;
use std::fmt;
use std::io;

use crate::error::{Busy, DatabaseError};

/// What is wrong with the database or the spool.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ailment {
    /// The database cannot be reached, or its error gives no known reason.
    Away,
    /// All connections to the database are in use.
    Busy,
    /// Stored data cannot be read.
    Damaged,
    /// The disk has no space left.
    Full,
    /// The disk or the database server is read-only.
    ReadOnly,
    /// A table or a column is missing.
    Lacking,
    /// The directory of the spool cannot be used.
    Spool(io::ErrorKind),
}

/// Fragments of error texts of SQLite (`sqlite3_errstr`) and PostgreSQL (error classes 58 and XX),
/// and what each one means. Of PostgreSQL's errors, diesel passes on the texts but not the codes.
const SIGNS: &[(&str, Ailment)] = &[
    ("disk image is malformed", Ailment::Damaged),
    ("is not a database", Ailment::Damaged),
    ("invalid page in block", Ailment::Damaged),
    ("could not read block", Ailment::Damaged),
    ("disk is full", Ailment::Full),
    ("No space left on device", Ailment::Full),
    ("readonly database", Ailment::ReadOnly),
    ("read-only transaction", Ailment::ReadOnly),
    ("no such table", Ailment::Lacking),
    ("no such column", Ailment::Lacking),
    ("has no column", Ailment::Lacking),
];

/// Whether PostgreSQL reports a missing table or column.
fn is_lacking(said: &str) -> bool {
    said.contains("does not exist") && (said.contains("relation \"") || said.contains("column \""))
}

/// Classifies an error of the database.
pub fn of(error: &DatabaseError) -> Ailment {
    let cause: &(dyn Error + 'static) = match error {
        DatabaseError::Unavailable(cause) => &**cause,
        corrupt @ DatabaseError::Corrupt(_) => corrupt,
        // The other variants carry sentences with words of the caller in them.
        _ => return Ailment::Away,
    };
    if cause.is::<Busy>() {
        return Ailment::Busy;
    }
    if let Some(error) = cause.downcast_ref::<io::Error>() {
        return of_io(error);
    }
    let said = cause.to_string();
    let sign = SIGNS.iter().find(|(sign, _)| said.contains(sign));
    match sign {
        Some((_, ailment)) => *ailment,
        None if is_lacking(&said) => Ailment::Lacking,
        None => Ailment::Away,
    }
}

/// Classifies an I/O error of the spool.
pub fn of_io(error: &io::Error) -> Ailment {
    match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Ailment::Full,
        io::ErrorKind::ReadOnlyFilesystem => Ailment::ReadOnly,
        other => Ailment::Spool(other),
    }
}

/// A clause for the end of a sentence.
impl fmt::Display for Ailment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Away => "the database is not available",
            Self::Busy => "all connections to the database are in use",
            Self::Damaged => "the database is damaged",
            Self::Full => "the disk is full",
            Self::ReadOnly => "the disk or the database is read-only",
            Self::Lacking => "the database lacks a table or a column",
            Self::Spool(io::ErrorKind::NotFound) => "the spool's directory is gone",
            Self::Spool(io::ErrorKind::PermissionDenied) => {
                "the spool's directory may not be written to"
            }
            Self::Spool(_) => "the spool's directory cannot be written to",
        })
    }
}

impl DatabaseError {
    /// What is wrong, in words that are safe to show to anyone.
    pub fn ailment(&self) -> String {
        of(self).to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_is_classified_by_its_text() {
        let cases = [
            ("database disk image is malformed", Ailment::Damaged),
            ("file is not a database", Ailment::Damaged),
            ("invalid page in block 3 of relation base/1/2", Ailment::Damaged),
            ("database or disk is full", Ailment::Full),
            ("could not extend file \"base/1/2\": No space left on device", Ailment::Full),
            ("attempt to write a readonly database", Ailment::ReadOnly),
            ("cannot execute INSERT in a read-only transaction", Ailment::ReadOnly),
            ("no such table: audit_event", Ailment::Lacking),
            ("relation \"audit_event\" does not exist", Ailment::Lacking),
            ("FATAL: database \"cargo\" does not exist", Ailment::Away),
            ("connection to server at \"db.intern\", port 5432 failed", Ailment::Away),
        ];
        for (said, ailment) in cases {
            let error = DatabaseError::Unavailable(said.into());
            assert_eq!(of(&error), ailment, "{said}");
            assert!(!of(&error).to_string().contains("db.intern"));
        }
        let full = io::Error::from(io::ErrorKind::StorageFull);
        assert_eq!(of(&DatabaseError::Unavailable(full.into())), Ailment::Full);
    }
}
