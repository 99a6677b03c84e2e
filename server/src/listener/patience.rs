//! How long a client may take.

use std::time::Duration;

/// What bounds a connection.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Patience {
    /// For the head of a request, from its first byte, and for a TLS handshake.
    pub(crate) head: Duration,
    /// For the next request on a connection that is kept open.
    pub(crate) idle: Duration,
    /// For what a client still sends when it has its answer.
    pub(crate) rest: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            head: Duration::from_secs(10),
            idle: Duration::from_secs(75),
            rest: Duration::from_secs(2),
        }
    }
}
