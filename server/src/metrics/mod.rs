//! The server's metrics, for Prometheus. `docs/metrics.md` documents each metric.
//!
//! The server creates all handles at its start, and the code that counts holds one. Without the
//! operators' listener nobody can read metrics, so none are kept. A label's value is a word of this
//! program, never a bucket, user, project or path.

mod family;
mod registry;

use std::time::Duration;

use metrics::{Counter, Gauge, Histogram};

pub(crate) use family::CounterFamily;
use registry::Registry;

/// How often measured times are sorted into buckets.
const TIDY: Duration = Duration::from_secs(5);

/// The metrics of one server.
#[derive(Debug)]
pub struct Metrics {
    registry: Registry,
    /// Verdicts, by operation, outcome and reason.
    pub(crate) decisions: CounterFamily<3>,
    /// How long a verdict takes.
    pub(crate) decision_seconds: Histogram,
    /// Signatures that were given out.
    pub(crate) signatures: Counter,
    /// The age of the oldest cached project among those with a request in the last minute.
    pub(crate) active_snapshot_age: Gauge,
    /// The age of the oldest cached project among the others.
    pub(crate) idle_snapshot_age: Gauge,
    /// How long a change takes to reach this server.
    pub(crate) revocation_propagation: Histogram,
    /// How long the database takes to tell the projects' head revisions.
    pub(crate) head_poll_seconds: Histogram,
    /// Failed queries for the head revisions.
    pub(crate) head_poll_errors: Counter,
    /// 1 while the server cannot learn of changes by other servers.
    pub(crate) notify_deaf: Gauge,
    /// The age of the auth service's keys.
    pub(crate) jwks_age: Gauge,
    /// Requests to the auth service for its keys, by cause and result.
    pub(crate) jwks_refreshes: CounterFamily<2>,
    /// What waits to be recorded: calls, or with a spool audit events.
    pub(crate) audit_queue_depth: Gauge,
    /// Audit events that were set aside and are missing from the trail.
    pub(crate) audit_dropped: Counter,
    /// How long the database takes to commit audit events.
    pub(crate) audit_fsync: Histogram,
    /// Presented API keys and operator keys, by result.
    pub(crate) api_key_auths: CounterFamily<1>,
    /// How long a query waits for a connection.
    pub(crate) db_pool_wait: Histogram,
    /// 1 while the circuit breaker of the database is open.
    pub(crate) breaker_open: Gauge,
    /// The age of the oldest storage probe.
    pub(crate) probe_age: Gauge,
    /// Open connections of clients to the gateway.
    pub(crate) gateway_connections: Gauge,
    /// Connections that were closed because their address had too many.
    pub(crate) gateway_connections_refused: Counter,
}

impl Default for Metrics {
    /// Metrics that keep nothing.
    fn default() -> Self {
        Self::new(Registry::default())
    }
}

impl Metrics {
    /// Metrics that are kept and can be read.
    pub fn on() -> Self {
        Self::new(Registry::on())
    }

    fn new(registry: Registry) -> Self {
        let age = |class, help| {
            registry.gauge("sail_cargo_snapshot_age_seconds", &[("project_class", class)], help)
        };
        let age_help = "Age of the oldest project in the cache";
        Self {
            decisions: CounterFamily::new(
                &registry,
                "sail_cargo_decision_total",
                ["op", "outcome", "reason"],
                "Verdicts given to callers",
            ),
            decision_seconds: registry.seconds(
                "sail_cargo_decision_seconds",
                "From reading a request to sign until its verdict is recorded",
            ),
            signatures: registry
                .counter("sail_cargo_signatures_total", "Signatures that were given out"),
            active_snapshot_age: age("active", age_help),
            idle_snapshot_age: age("idle", age_help),
            revocation_propagation: registry.seconds(
                "sail_cargo_revocation_propagation_seconds",
                "From a change of a project until this server applies it",
            ),
            head_poll_seconds: registry.seconds(
                "sail_cargo_head_poll_seconds",
                "How long the database takes to say which projects changed",
            ),
            head_poll_errors: registry.counter(
                "sail_cargo_head_poll_errors",
                "Failed queries for the projects that changed",
            ),
            notify_deaf: registry.gauge(
                "sail_cargo_notify_deaf",
                &[],
                "1 while this server cannot learn of changes by other servers",
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
                "Calls, or with a spool events, that wait to be written to the audit trail",
            ),
            audit_dropped: registry.counter(
                "sail_cargo_audit_dropped_total",
                "Audit events that were put aside instead of written to the trail",
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
                "From a query until a connection takes it",
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
            gateway_connections: registry.gauge(
                "sail_cargo_gateway_connections",
                &[],
                "Open connections of clients to the S3 gateway",
            ),
            gateway_connections_refused: registry.counter(
                "sail_cargo_gateway_connections_refused_total",
                "Connections to the S3 gateway beyond the share of their address",
            ),
            registry,
        }
    }

    /// All metrics, in Prometheus's text format.
    pub(crate) fn render(&self) -> String {
        self.registry.render()
    }

    /// Sorts measured times into buckets regularly, forever, so that they take no memory while
    /// nobody reads the metrics.
    pub(crate) async fn keep_tidy(&self) {
        let mut next = tokio::time::interval(TIDY);
        loop {
            next.tick().await;
            self.registry.tidy();
        }
    }
}
