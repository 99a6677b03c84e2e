//! What every handler can reach.

use super::events::Readers;
use crate::authn::{Authenticator, KeyUsage};
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
    /// Who reads event streams.
    pub readers: Readers,
    /// When keys were last used.
    pub key_usage: KeyUsage,
    /// Looks how buckets stand in S3.
    pub settler: Settler,
    /// The time.
    pub clock: Clock,
}
