//! Warnings for operators, logged once the database is open.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

use crate::api::stores::{to_wire, unnamed_gateway};
use crate::api::wire;
use crate::clock::Clock;
use crate::service::Service;
use crate::sharing;
use crate::storage_probe::{StoreUse, warnings};

/// The warnings to log.
#[derive(Debug, Clone, Copy)]
pub(super) struct Remarks {
    /// The age from which a probe's report is reported as old.
    pub(super) probe_max_age: TimeDelta,
}

impl Remarks {
    /// Logs all warnings.
    pub(super) async fn make(&self, service: &Service, clock: &Clock) {
        check_storages(service, clock.now(), self.probe_max_age).await;
        check_sharing(service, clock.now(), self.probe_max_age).await;
        check_role(service).await;
        check_groups(service).await;
    }

    /// Logs the warnings on storages once a day, because reports grow old while a server runs.
    pub(super) async fn keep_making(self, service: Service, clock: Clock) {
        let mut days = tokio::time::interval(Duration::from_hours(24));
        days.tick().await;
        loop {
            days.tick().await;
            check_storages(&service, clock.now(), self.probe_max_age).await;
        }
    }
}

/// Warns about storages without a probe, with an old report, or with a report that found flaws.
async fn check_storages(service: &Service, now: DateTime<Utc>, max_age: TimeDelta) {
    for account in service.stores().await.unwrap_or_default() {
        let (name, used) = (&account.name, StoreUse::from(&account));
        let unnamed = unnamed_gateway(account.access, service.gateway());
        let warnings = warnings(name, account.probe.as_ref(), used, now, max_age);
        for warning in warnings.into_iter().chain(unnamed) {
            log::warn!("store {name}: {warning}");
        }
    }
}

/// Warns about stores that several projects use without being marked as shared.
async fn check_sharing(service: &Service, now: DateTime<Utc>, max_age: TimeDelta) {
    let stores = service.stores().await.unwrap_or_default();
    let stores: Vec<_> = stores.into_iter().map(|store| to_wire(store, now, max_age)).collect();
    let projects = service.projects(String::new(), usize::MAX >> 1).await.unwrap_or_default();
    let projects: Vec<_> = projects.iter().map(wire::project).collect();
    for sentence in sharing::unsaid(&stores, &projects) {
        log::warn!("{sentence}");
    }
}

/// Warns if the database role bypasses row-level security, the second barrier between projects.
async fn check_role(service: &Service) {
    if service.database().bypasses_row_security().await.unwrap_or(false) {
        log::warn!(
            "the database role is a superuser or has BYPASSRLS: row-level security does not bind \
             it. Give the server a role of its own that owns its database"
        );
    }
}

/// Warns about groups that no longer apply to tokens, until an operator confirms that.
async fn check_groups(service: &Service) {
    for left_out in service.tokens_left_out().await.unwrap_or_default() {
        log::warn!("{left_out}");
    }
}
