//! What every handler can reach.

use std::sync::Arc;

use chrono::TimeDelta;

use super::bodies::Bodies;
use super::cors::origins::Origins;
use super::crowd::Crowd;
use super::feeds::topics::Feeds;
use super::proxies::TrustedProxies;
use super::readers::Readers;
use crate::authn::{Authenticator, FailureLog, KeyUsage};
use crate::clock::Clock;
use crate::health::Health;
use crate::limits::Limits;
use crate::service::Service;
use crate::service::bucket_lifecycle::Reconciler;
use crate::storage_client::upstream::Upstream;

/// Shared by all workers.
#[derive(Debug)]
pub struct State {
    /// What happens in transactions.
    pub service: Service,
    /// Tells who is asking.
    pub authenticator: Authenticator,
    /// Who asked how often of late.
    pub limits: Arc<Limits>,
    /// What bodies may take.
    pub bodies: Bodies,
    /// The requests under way.
    pub crowd: Crowd,
    /// Who reads event streams.
    pub readers: Readers,
    /// What they are told.
    pub feeds: Feeds,
    /// When keys were last used.
    pub key_usage: KeyUsage,
    /// Who was not let in.
    pub failures: Arc<FailureLog>,
    /// How the server is.
    pub health: Arc<Health>,
    /// Which proxies say whom they speak for.
    pub proxies: TrustedProxies,
    /// Which web pages may ask.
    pub origins: Origins,
    /// The way to storages.
    pub upstream: Upstream,
    /// Looks how buckets stand in S3.
    pub reconciler: Reconciler,
    /// How old the report of a storage may be before its operator is warned.
    pub probe_max_age: TimeDelta,
    /// Whether requests are answered only when they are for this machine by name.
    pub only_local: bool,
    /// The time.
    pub clock: Clock,
}
