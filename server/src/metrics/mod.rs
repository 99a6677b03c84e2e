//! What the server counts and measures of itself, for Prometheus. `docs/metrics.md` says what each
//! metric means.
//!
//! Handles are made once, with the server; whoever has something to count holds one. Without the
//! operators' listener nobody can ask, and nothing is kept. A label is a word of this program: no
//! bucket, user, project or path is one.

mod family;
mod registry;

use std::time::Duration;

use metrics::{Counter, Gauge, Histogram};

pub(crate) use family::CounterFamily;
use registry::Registry;

/// How often times that were measured are sorted.
const TIDY: Duration = Duration::from_secs(5);

/// The metrics of one server.
#[derive(Debug)]
pub struct Metrics {
    registry: Registry,
    /// By what was asked, how it ended, and why.
    pub(crate) decisions: CounterFamily<3>,
    /// How long verdicts take.
    pub(crate) decision_seconds: Histogram,
    /// What was signed.
    pub(crate) signatures: Counter,
    /// How old what is remembered is of projects that were asked about in the last minute.
    pub(crate) active_snapshot_age: Gauge,
    /// The same of the others.
    pub(crate) idle_snapshot_age: Gauge,
    /// How long changes take to be known here.
    pub(crate) revocation_propagation: Histogram,
    /// How long questions for the heads take.
    pub(crate) head_poll_seconds: Histogram,
    /// Questions for the heads without an answer.
    pub(crate) head_poll_errors: Counter,
    /// Whether changes elsewhere are not heard of.
    pub(crate) notify_deaf: Gauge,
    /// How old the auth service's keys are.
    pub(crate) jwks_age: Gauge,
    /// By why the auth service was asked, and how that ended.
    pub(crate) jwks_refreshes: CounterFamily<2>,
    /// What waits to be recorded.
    pub(crate) audit_queue_depth: Gauge,
    /// Events that the trail lacks.
    pub(crate) audit_dropped: Counter,
    /// How long commits of events take.
    pub(crate) audit_fsync: Histogram,
    /// By how presented keys were found.
    pub(crate) api_key_auths: CounterFamily<1>,
    /// How long a connection is waited for.
    pub(crate) db_pool_wait: Histogram,
    /// Whether the database is given up on.
    pub(crate) breaker_open: Gauge,
    /// How old the oldest report of a storage is.
    pub(crate) probe_age: Gauge,
}

impl Default for Metrics {
    /// Metrics that keep nothing.
    fn default() -> Self {
        Self::new(Registry::default())
    }
}

impl Metrics {
    /// Metrics that can be asked for.
    pub fn on() -> Self {
        Self::new(Registry::on())
    }

    fn new(registry: Registry) -> Self {
        let age = |class, help| {
            registry.gauge("sail_cargo_snapshot_age_seconds", &[("project_class", class)], help)
        };
        let age_help = "Age of the oldest project in memory that is leased";
        Self {
            decisions: CounterFamily::new(
                &registry,
                "sail_cargo_decision_total",
                ["op", "outcome", "reason"],
                "Verdicts that were told",
            ),
            decision_seconds: registry.seconds(
                "sail_cargo_decision_seconds",
                "From a request to sign that was read to its verdict on record",
            ),
            signatures: registry
                .counter("sail_cargo_signatures_total", "Signatures that were given out"),
            active_snapshot_age: age("active", age_help),
            idle_snapshot_age: age("idle", age_help),
            revocation_propagation: registry.seconds(
                "sail_cargo_revocation_propagation_seconds",
                "From a change of a project to its counting here",
            ),
            head_poll_seconds: registry.seconds(
                "sail_cargo_head_poll_seconds",
                "How long the database takes to say which projects changed",
            ),
            head_poll_errors: registry.counter(
                "sail_cargo_head_poll_errors",
                "Times that the database did not say which projects changed",
            ),
            notify_deaf: registry.gauge(
                "sail_cargo_notify_deaf",
                &[],
                "1 while changes that others make are not heard of",
            ),
            jwks_age: registry.gauge(
                "sail_cargo_jwks_age_seconds",
                &[],
                "How long ago the auth service confirmed its keys",
            ),
            jwks_refreshes: CounterFamily::new(
                &registry,
                "sail_cargo_jwks_refresh_total",
                ["cause", "result"],
                "Times that the auth service was asked for its keys",
            ),
            audit_queue_depth: registry.gauge(
                "sail_cargo_audit_queue_depth",
                &[],
                "What waits to be written to the audit trail",
            ),
            audit_dropped: registry.counter(
                "sail_cargo_audit_dropped_total",
                "Events that were put aside instead of into the audit trail",
            ),
            audit_fsync: registry.seconds(
                "sail_cargo_audit_fsync_seconds",
                "How long the database takes to commit audit events",
            ),
            api_key_auths: CounterFamily::new(
                &registry,
                "sail_cargo_apikey_auth_total",
                ["result"],
                "API keys and operator keys that were presented",
            ),
            db_pool_wait: registry.seconds(
                "sail_cargo_db_pool_wait_seconds",
                "From a question to the database to a connection that takes it",
            ),
            breaker_open: registry.gauge(
                "sail_cargo_breaker_open",
                &[],
                "1 while the database cannot be reached and requests are refused untried",
            ),
            probe_age: registry.gauge(
                "sail_cargo_probe_age_seconds",
                &[],
                "Age of the oldest probe of a store",
            ),
            registry,
        }
    }

    /// Everything, in Prometheus's text format.
    pub(crate) fn render(&self) -> String {
        self.registry.render()
    }

    /// Keeps what was measured from gathering while nobody asks, for ever.
    pub(crate) async fn keep_tidy(&self) {
        let mut next = tokio::time::interval(TIDY);
        loop {
            next.tick().await;
            self.registry.tidy();
        }
    }
}
