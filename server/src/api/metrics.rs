//! `/metrics`, on the operators' listener only.

use actix_web::HttpResponse;
use actix_web::web::Data;

use super::state::State;

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
    if let Some(keys) = state.authenticator.keys() {
        metrics.jwks_age.set(keys.age().map_or(f64::INFINITY, |age| age.as_secs_f64()));
    }
    metrics.probe_age.set(state.health.probe_age());
}
