//! What every handler can reach.

use std::sync::Arc;

use tokio::sync::Semaphore;

use super::events::Readers;
use super::proxies::TrustedProxies;
use crate::authn::{Authenticator, FailureLog, KeyUsage};
use crate::clock::Clock;
use crate::settle::Settler;
use crate::store::Store;

/// Bodies of many megabytes that are kept at a time.
pub const LARGE_BODIES: usize = 4;

/// Shared by all workers.
#[derive(Debug)]
pub struct State {
    /// The database.
    pub store: Store,
    /// Tells who is asking.
    pub authenticator: Authenticator,
    /// Room for bodies of many megabytes.
    pub large_bodies: Arc<Semaphore>,
    /// Who reads event streams.
    pub readers: Readers,
    /// When keys were last used.
    pub key_usage: KeyUsage,
    /// Who was not let in.
    pub failures: Arc<FailureLog>,
    /// Which proxies say whom they speak for.
    pub proxies: TrustedProxies,
    /// Looks how buckets stand in S3.
    pub settler: Settler,
    /// The time.
    pub clock: Clock,
}
