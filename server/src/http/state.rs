//! What every handler can reach.

use std::sync::Arc;

use chrono::TimeDelta;
use sail_cargo_protocol as wire;

use super::body::Bodies;
use super::events::Readers;
use super::proxies::TrustedProxies;
use super::stores;
use crate::authn::{Authenticator, FailureLog, KeyUsage};
use crate::clock::Clock;
use crate::limits::Limits;
use crate::outbound::Outbound;
use crate::settle::Settler;
use crate::store::{StorageAccount, Store};

/// Shared by all workers.
#[derive(Debug)]
pub struct State {
    /// The database.
    pub store: Store,
    /// Tells who is asking.
    pub authenticator: Authenticator,
    /// Who asked how often of late.
    pub limits: Arc<Limits>,
    /// What bodies may take.
    pub bodies: Bodies,
    /// Who reads event streams.
    pub readers: Readers,
    /// When keys were last used.
    pub key_usage: KeyUsage,
    /// Who was not let in.
    pub failures: Arc<FailureLog>,
    /// Which proxies say whom they speak for.
    pub proxies: TrustedProxies,
    /// The way to storages.
    pub outbound: Outbound,
    /// Looks how buckets stand in S3.
    pub settler: Settler,
    /// How old the report of a storage may be before its operator is warned.
    pub probe_max_age: TimeDelta,
    /// The time.
    pub clock: Clock,
}

impl State {
    /// A storage account as answers have it.
    pub(super) fn store_to_wire(&self, account: StorageAccount) -> wire::Store {
        stores::to_wire(account, self.clock.now(), self.probe_max_age)
    }
}
