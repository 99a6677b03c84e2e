//! What is said once a database is open: what an operator should look at.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

use crate::api::stores::to_wire;
use crate::api::wire;
use crate::clock::Clock;
use crate::service::Service;
use crate::sharing;
use crate::storage_probe::warnings;

/// What there is to say.
#[derive(Debug, Clone, Copy)]
pub(super) struct Remarks {
    /// How old the report of a storage's probe may be.
    pub(super) probe_max_age: TimeDelta,
}

impl Remarks {
    /// Makes all of them.
    pub(super) async fn make(&self, service: &Service, clock: &Clock) {
        check_storages(service, clock.now(), self.probe_max_age).await;
        check_sharing(service, clock.now(), self.probe_max_age).await;
        check_role(service).await;
        check_groups(service).await;
    }

    /// Makes those on storages once a day: reports grow old while a server runs.
    pub(super) async fn keep_making(self, service: Service, clock: Clock) {
        let mut days = tokio::time::interval(Duration::from_hours(24));
        days.tick().await;
        loop {
            days.tick().await;
            check_storages(&service, clock.now(), self.probe_max_age).await;
        }
    }
}

/// Says which storages nobody has looked at, or not for long, or somebody has and found wanting.
async fn check_storages(service: &Service, now: DateTime<Utc>, max_age: TimeDelta) {
    for account in service.stores().await.unwrap_or_default() {
        let (name, accepted) = (&account.name, account.accept_unsafe_storage);
        for warning in warnings(name, account.probe.as_ref(), accepted, now, max_age) {
            log::warn!("store {name}: {warning}");
        }
    }
}

/// Says which stores are several projects' although nobody said so.
async fn check_sharing(service: &Service, now: DateTime<Utc>, max_age: TimeDelta) {
    let stores = service.stores().await.unwrap_or_default();
    let stores: Vec<_> = stores.into_iter().map(|store| to_wire(store, now, max_age)).collect();
    let projects = service.projects(String::new(), usize::MAX >> 1).await.unwrap_or_default();
    let projects: Vec<_> = projects.iter().map(wire::project).collect();
    for sentence in sharing::unsaid(&stores, &projects) {
        log::warn!("{sentence}");
    }
}

/// Says when the second lock between tenants is open.
async fn check_role(service: &Service) {
    if service.database().bypasses_row_security().await.unwrap_or(false) {
        log::warn!(
            "the database role is a superuser or has BYPASSRLS: row-level security does not bind \
             it. Give the server a role of its own that owns its database"
        );
    }
}

/// Says which groups tokens do not enter any more, until somebody has said that this is right.
async fn check_groups(service: &Service) {
    for left_out in service.tokens_left_out().await.unwrap_or_default() {
        log::warn!("{left_out}");
    }
}
