//! `/metrics`, on the operators' listener only.

use std::sync::Arc;

use actix_web::HttpResponse;
use actix_web::web::Data;

use super::state::State;
use crate::authn::BelievedIssuer;

/// Prometheus's text format
/// (<https://prometheus.io/docs/instrumenting/exposition_formats/>).
const TEXT: &str = "text/plain; version=0.0.4; charset=utf-8";

/// The metrics in Prometheus's format. It waits for nothing.
pub(super) async fn scrape(state: Data<State>) -> HttpResponse {
    observe(&state);
    HttpResponse::Ok().content_type(TEXT).body(state.service.metrics().render())
}

/// Sets the gauges whose values are computed on request.
fn observe(state: &State) {
    let (service, metrics) = (&state.service, state.service.metrics());
    let ages = service.snapshot_ages();
    metrics.active_snapshot_age.set(ages.active);
    metrics.idle_snapshot_age.set(ages.idle);
    metrics.audit_queue_depth.set(u32::try_from(service.audit().depth()).unwrap_or(u32::MAX));
    metrics.breaker_open.set(u8::from(service.database().is_given_up()));
    let age =
        |row: &Arc<BelievedIssuer>| row.keys.age().map_or(f64::INFINITY, |age| age.as_secs_f64());
    let ages = state.authenticator.issuers().rows();
    if let Some(oldest) = ages.iter().map(age).reduce(f64::max) {
        metrics.jwks_age.set(oldest);
    }
    metrics.probe_age.set(state.health.probe_age());
}
