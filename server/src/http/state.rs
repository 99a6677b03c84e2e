//! What every handler can reach.

use crate::authn::Authenticator;
use crate::clock::Clock;
use crate::settle::Settler;
use crate::store::Store;

/// Shared by all workers.
#[derive(Debug)]
pub struct State {
    /// The database.
    pub store: Store,
    /// Tells who is asking.
    pub authenticator: Authenticator,
    /// Looks how buckets stand in S3.
    pub settler: Settler,
    /// The time.
    pub clock: Clock,
}
