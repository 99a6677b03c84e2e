//! What one signature for the creation or deletion of a bucket is called by.

use std::fmt;

/// The id of a reservation: whoever holds it says how S3 answered. On the wire it is a `claim`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReservationId(String);

impl ReservationId {
    /// The id that somebody says it is: one that was never given out is nobody's.
    pub fn new(text: String) -> Self {
        Self(text)
    }

    /// As text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ReservationId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
