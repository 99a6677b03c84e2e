//! The state that all handlers share.

use std::sync::Arc;

use chrono::TimeDelta;

use super::bodies::Bodies;
use super::crowd::Crowd;
use super::feeds::topics::Feeds;
use super::readers::Readers;
use crate::auth::Accounts;
use crate::authn::{Authenticator, FailureLog, KeyUsage};
use crate::clock::Clock;
use crate::health::Health;
use crate::limits::Limits;
use crate::origin::proxies::TrustedProxies;
use crate::service::Service;
use crate::service::bucket_lifecycle::Reconciler;
use crate::storage_client::upstream::Upstream;
use crate::web_origins::WebOrigins;

/// The state that all workers share.
#[derive(Debug)]
pub struct State {
    /// Transactions, and the cache above them.
    pub service: Service,
    /// Authenticates callers.
    pub authenticator: Arc<Authenticator>,
    /// The accounts that the server keeps; `None` if it keeps none.
    pub accounts: Option<Arc<Accounts>>,
    /// The rate limits.
    pub limits: Arc<Limits>,
    /// The limits on request bodies.
    pub bodies: Bodies,
    /// The requests in progress.
    pub crowd: Crowd,
    /// The open event streams.
    pub readers: Readers,
    /// The event feeds.
    pub feeds: Feeds,
    /// When API keys were last used.
    pub key_usage: KeyUsage,
    /// Failed authentications that are not recorded yet.
    pub failures: Arc<FailureLog>,
    /// The server's health.
    pub health: Arc<Health>,
    /// The trusted proxies.
    pub proxies: TrustedProxies,
    /// The cache of allowed web origins.
    pub origins: WebOrigins,
    /// How to connect to storages.
    pub upstream: Upstream,
    /// Finds out whether buckets exist in the storage.
    pub reconciler: Reconciler,
    /// How old a storage's probe report may be before its operator is warned.
    pub probe_max_age: TimeDelta,
    /// Whether the server refuses requests whose `Host` does not name this machine.
    pub only_local: bool,
    /// The clock.
    pub clock: Clock,
}
