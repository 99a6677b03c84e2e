//! What is not done to a file.

use std::io;

/// The error of what was not tried, and why.
pub(crate) fn refused(why: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidInput, why)
}
