//! `/livez`, `/readyz`, `/version` and the OpenAPI document. No authentication.

use actix_web::HttpResponse;
use actix_web::web::{Data, Json};
use sail_cargo_protocol::{Readiness, Version};

use super::openapi::Contract;
use super::state::State;

/// The process is alive.
#[utoipa::path(get, path = "/livez", tag = "health", security(()), responses(
    (status = 200, description = "Alive", body = String, content_type = "text/plain"),
))]
pub(super) async fn livez() -> &'static str {
    "alive\n"
}

/// Whether requests should be sent here, and what is amiss.
#[utoipa::path(get, path = "/readyz", tag = "health", security(()), responses(
    (status = 200, description = "Ready; some checks may be degraded", body = Readiness),
    (status = 503, description = "Not ready", body = Readiness),
))]
pub(super) async fn readyz(state: Data<State>) -> HttpResponse {
    let readiness = state.health.readiness();
    if readiness.ready {
        HttpResponse::Ok().json(readiness)
    } else {
        HttpResponse::ServiceUnavailable().json(readiness)
    }
}

/// Which release this is.
#[utoipa::path(get, path = "/version", tag = "health", security(()), responses(
    (status = 200, description = "The release", body = Version),
))]
pub(super) async fn version() -> Json<Version> {
    Json(Version { name: "sail-cargo".to_owned(), version: env!("CARGO_PKG_VERSION").to_owned() })
}

/// This contract, as YAML.
#[utoipa::path(get, path = "/openapi.yaml", tag = "health", security(()), responses(
    (status = 200, description = "OpenAPI 3.1", body = Object, content_type = "application/yaml"),
))]
pub(super) async fn openapi_yaml(contract: Data<&'static Contract>) -> HttpResponse {
    HttpResponse::Ok().content_type("application/yaml").body(contract.yaml())
}

/// This contract, as JSON.
#[utoipa::path(get, path = "/openapi.json", tag = "health", security(()), responses(
    (status = 200, description = "OpenAPI 3.1", body = Object, content_type = "application/json"),
))]
pub(super) async fn openapi_json(contract: Data<&'static Contract>) -> HttpResponse {
    HttpResponse::Ok().content_type("application/json").body(contract.json())
}
