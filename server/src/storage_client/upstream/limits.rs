//! How long a storage may take, and how many connections it gets.

use std::time::Duration;

/// How long a storage may take, and how many connections it gets. [`Default`] has what is usual.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UpstreamLimits {
    /// For a connection: the name, the port, the proxy and TLS. Whoever finds all connections in use
    /// waits as long for one.
    pub connect: Duration,
    /// For the first byte of an answer, counted from the end of the request.
    pub first_byte: Duration,
    /// The same where the storage works first: copies, completed uploads, deletions of many.
    pub first_byte_long: Duration,
    /// For the next bytes, once some moved: of a body that a storage takes, or of an answer.
    pub idle: Duration,
    /// Connections to one address of a store. One project has half of them at most, one key a
    /// quarter.
    pub connections: usize,
}

impl Default for UpstreamLimits {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(5),
            first_byte: Duration::from_mins(1),
            first_byte_long: Duration::from_mins(15),
            idle: Duration::from_mins(1),
            connections: 256,
        }
    }
}

impl UpstreamLimits {
    /// Connections of one project.
    pub(super) fn of_project(&self) -> usize {
        (self.connections / 2).max(1)
    }

    /// Connections of one key.
    pub(super) fn of_key(&self) -> usize {
        (self.connections / 4).max(1)
    }
}
