//! Errors for operations on files that are refused.

use std::io;

/// An error for an operation that was not tried, with the reason.
pub(crate) fn refused(why: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidInput, why)
}
