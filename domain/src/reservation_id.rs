//! The id of the reservation of a bucket's creation or deletion.

use std::fmt;

/// The id of a reservation, with which the client reports how S3 responded. `claim` on the wire.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReservationId(String);

impl ReservationId {
    /// Wraps an id as the client sent it. Not checked: an unknown id matches no reservation.
    pub fn new(text: String) -> Self {
        Self(text)
    }

    /// The text of the id.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ReservationId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
