//! Readiness: whether this server should receive requests. It combines the results of a background
//! check with state in memory, without any I/O. So the answer is fast even when the database is
//! slow.

mod errand;
pub mod keeper;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use arc_swap::ArcSwapOption;
use chrono::{DateTime, TimeDelta, Utc};
use sail_cargo_protocol::{Check, Readiness};
use tokio::sync::watch;

use crate::audit::AuditRoom;
use crate::authn::{BelievedIssuer, Issuers, KeyHealth};
use crate::clock::Clock;
use crate::service::Service;

/// Results of the background check that are older than this count as a failure. It checks once a
/// second, and gives up on a check after three seconds.
const STALE: Duration = Duration::from_secs(6);

/// The phase of the server's life.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// The server waits for the database, or migrates its schema.
    Opening,
    /// The server answers requests.
    Serving,
    /// The server still answers requests, but reports that it is not ready.
    Stopping,
}

/// The server's health. Shared by everything that updates or reports it.
#[derive(Debug)]
pub struct Health {
    service: Service,
    issuers: Arc<Issuers>,
    clock: Clock,
    phase: watch::Sender<Phase>,
    found: ArcSwapOption<Found>,
}

/// The results of the last background check.
#[derive(Debug)]
struct Found {
    at: Instant,
    checks: Vec<(&'static str, Check)>,
    /// When each store was last probed; `None` if never.
    probed: Vec<Option<DateTime<Utc>>>,
    /// Why the spool cannot take verdicts, if it cannot.
    spool: Option<String>,
}

impl Health {
    /// The health of a server that has not opened its database yet.
    pub fn new(service: Service, issuers: Arc<Issuers>, clock: Clock) -> Self {
        let (phase, _) = watch::channel(Phase::Opening);
        Self { service, issuers, clock, phase, found: ArcSwapOption::empty() }
    }

    /// The current phase.
    pub fn phase(&self) -> Phase {
        *self.phase.borrow()
    }

    /// Sets the phase.
    pub fn enter(&self, phase: Phase) {
        self.phase.send_replace(phase);
    }

    /// Sets the phase to [`Phase::Serving`] because the database is open. It has no effect while
    /// the server stops.
    pub fn serve(&self) {
        self.phase.send_if_modified(|phase| {
            let is_opening = *phase == Phase::Opening;
            if is_opening {
                *phase = Phase::Serving;
            }
            is_opening
        });
    }

    /// Waits until the database is open, or the server stops.
    pub async fn opened(&self) {
        let mut phase = self.phase.subscribe();
        // This cannot fail: `self` holds the sender.
        phase.wait_for(|phase| *phase != Phase::Opening).await.ok();
    }

    /// Waits until the server stops.
    pub async fn stopping(&self) {
        let mut phase = self.phase.subscribe();
        phase.wait_for(|phase| *phase == Phase::Stopping).await.ok();
    }

    /// All checks, and whether none of them failed. It does not wait.
    pub fn readiness(&self) -> Readiness {
        let mut checks = BTreeMap::new();
        match self.phase() {
            Phase::Opening => {
                checks
                    .insert("database", failed("the server waits for it, or migrates its schema"));
            }
            Phase::Stopping => {
                checks.insert("server", failed("it is stopping: send requests elsewhere"));
                self.tell_found(&mut checks);
            }
            Phase::Serving => self.tell_found(&mut checks),
        }
        let named = checks.into_iter().map(|(name, check)| (name.to_owned(), check));
        let mut checks: BTreeMap<String, Check> = named.collect();
        checks.extend(self.issuers.rows().iter().map(|row| of_issuer(row)));
        let ready = !checks.values().any(|check| matches!(check, Check::Failed { .. }));
        Readiness { ready, checks }
    }

    /// The age of the oldest storage probe, in seconds. Infinite if a store was never probed; 0
    /// without stores.
    pub(crate) fn probe_age(&self) -> f64 {
        let (now, found) = (self.clock.now(), self.found.load());
        let probed = found.as_ref().map(|found| found.probed.as_slice()).unwrap_or_default();
        let age = |at: &Option<DateTime<Utc>>| at.map_or(f64::INFINITY, |at| seconds(now - at));
        probed.iter().map(age).fold(0.0, f64::max)
    }

    fn tell_found(&self, checks: &mut BTreeMap<&'static str, Check>) {
        let found = self.found.load();
        let Some(found) = found.as_deref() else {
            checks.insert("database", failed("it has not been checked yet"));
            return;
        };
        checks.extend(found.checks.iter().cloned());
        checks.insert("audit", self.audit(found));
        checks.extend(audit_room(self.service.audit().room()).map(|check| ("audit_room", check)));
        let age = found.at.elapsed();
        if age > STALE {
            let sentence =
                format!("the health check hangs: its last result is {} seconds old", age.as_secs());
            checks.insert("health", failed(sentence));
        }
    }

    /// Whether verdicts can be recorded.
    fn audit(&self, found: &Found) -> Check {
        let behind = self.service.audit().is_behind().unwrap_or(false);
        let behind = behind.then(|| {
            "audit events wait in the spool: the database does not accept them".to_owned()
        });
        match found.spool.clone().or_else(|| self.service.audit().record_trouble()).or(behind) {
            Some(sentence) => failed(sentence),
            None => Check::Ok,
        }
    }
}

/// The duration in seconds; 0 for a negative one.
fn seconds(time: TimeDelta) -> f64 {
    time.to_std().unwrap_or_default().as_secs_f64()
}

/// Converts the state of the auth service's keys into a check.
pub fn of_keys(health: KeyHealth) -> Check {
    match health {
        KeyHealth::Fresh => Check::Ok,
        KeyHealth::Degraded(detail) => Check::Degraded { detail },
        KeyHealth::Missing(detail) => Check::Failed { detail },
    }
}

/// The check of an issuer's keys: `auth_keys`, or `auth_keys:okta`. A server whose default issuer has no keys is
/// of no use to its users. One of several issuers must not take it from the users of the others.
fn of_issuer(row: &BelievedIssuer) -> (String, Check) {
    match (row.issuer.alias(), of_keys(row.keys.health())) {
        (None, check) => ("auth_keys".to_owned(), check),
        (Some(alias), Check::Failed { detail }) => {
            (format!("auth_keys:{alias}"), Check::Degraded { detail })
        }
        (Some(alias), check) => (format!("auth_keys:{alias}"), check),
    }
}

/// The check of the audit trail's disk; `None` if there is enough space.
fn audit_room(room: AuditRoom) -> Option<Check> {
    let free = |bytes: u64| format!("{} MiB are free on the disk of the audit trail", bytes >> 20);
    match room {
        AuditRoom::Enough => None,
        AuditRoom::Low(bytes) => {
            let detail = format!("{}: refusals are counted only", free(bytes));
            Some(Check::Degraded { detail })
        }
        AuditRoom::None(bytes) => {
            Some(Check::Failed { detail: format!("{}: nothing is signed", free(bytes)) })
        }
    }
}

fn failed(sentence: impl Into<String>) -> Check {
    Check::Failed { detail: sentence.into() }
}

fn degraded(sentence: impl Into<String>) -> Check {
    Check::Degraded { detail: sentence.into() }
}

#[cfg(test)]
mod tests {
    use std::cmp::Ordering;

    use super::*;
    use sail_cargo_database::{Database, DatabaseUrl, MasterKey};

    fn health() -> Health {
        let key = MasterKey::parse(&MasterKey::generate()).unwrap();
        let database = Database::open(DatabaseUrl::Sqlite("/nowhere/cargo.db".into()), 1, key);
        Health::new(Service::new(database), Arc::new(Issuers::none()), Clock::system())
    }

    fn found(ago: Duration) -> Option<Arc<Found>> {
        let at = Instant::now().checked_sub(ago)?;
        let (checks, probed) = (vec![("database", Check::Ok)], Vec::new());
        Some(Arc::new(Found { at, checks, probed, spool: None }))
    }

    #[test]
    fn what_was_found_long_ago_is_not_believed() {
        let health = health();
        health.enter(Phase::Serving);
        assert!(!health.readiness().ready, "no check yet");
        health.found.store(found(STALE / 2));
        assert!(health.readiness().ready);
        health.found.store(found(STALE * 2));
        let readiness = health.readiness();
        assert!(!readiness.ready);
        let told = format!("{:?}", readiness.checks["health"]);
        assert!(told.contains("the health check hangs"), "{told}");
    }

    #[test]
    fn the_oldest_probe_counts_and_one_that_was_never_made_is_older() {
        let health = health();
        assert_eq!(health.probe_age().total_cmp(&0.0), Ordering::Equal, "no check yet");
        let ago = |seconds| Some(Clock::system().now() - TimeDelta::seconds(seconds));
        let age = |probed| {
            let (at, checks) = (Instant::now(), Vec::new());
            health.found.store(Some(Arc::new(Found { at, checks, probed, spool: None })));
            health.probe_age()
        };
        let oldest = age(vec![ago(10), ago(5000), ago(-100)]);
        assert!((5000.0..5060.0).contains(&oldest), "{oldest}");
        assert!(age(vec![ago(10), None]).is_infinite());
    }

    #[test]
    fn a_server_that_is_not_open_or_stops_is_not_ready_whatever_was_found() {
        let health = health();
        health.found.store(found(Duration::ZERO));
        for (phase, ready) in
            [(Phase::Opening, false), (Phase::Serving, true), (Phase::Stopping, false)]
        {
            health.enter(phase);
            assert_eq!(health.readiness().ready, ready, "{phase:?}");
        }
    }
}
