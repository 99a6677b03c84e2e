//! `/livez`, `/readyz`, `/version` and the contract itself. For everybody.

use std::collections::BTreeMap;

use actix_web::HttpResponse;
use actix_web::web::{Data, Json};
use sail_cargo_protocol::{Check, Readiness, Version};

use super::auth_keys;
use super::state::State;
use crate::store::AuditRoom;

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
    let database = match state.store.pending_migrations().await {
        Ok(pending) if pending.is_empty() => Check::Ok,
        Ok(pending) => Check::Failed { detail: format!("{} migrations pending", pending.len()) },
        Err(error) => Check::Failed { detail: error.to_string() },
    };
    let mut checks = BTreeMap::from([("database".to_owned(), database)]);
    if let Some(keys) = state.authenticator.keys() {
        let health = keys.health();
        checks.insert("auth_keys".to_owned(), auth_keys::check(health));
    }
    if let Some(behind) = state.store.audit_is_behind() {
        let failed = || Check::Failed { detail: "audit events gather in the spool".to_owned() };
        checks.insert("audit".to_owned(), if behind { failed() } else { Check::Ok });
    }
    checks
        .extend(audit_room(state.store.audit_room()).map(|check| ("audit_room".to_owned(), check)));
    let ready = !checks.values().any(|check| matches!(check, Check::Failed { .. }));
    let readiness = Readiness { ready, checks };
    if ready {
        HttpResponse::Ok().json(readiness)
    } else {
        HttpResponse::ServiceUnavailable().json(readiness)
    }
}

/// Whether there is room for records; nothing, where there is enough.
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
pub(super) async fn openapi_yaml() -> HttpResponse {
    HttpResponse::Ok().content_type("application/yaml").body(super::openapi::yaml())
}

/// This contract, as JSON.
#[utoipa::path(get, path = "/openapi.json", tag = "health", security(()), responses(
    (status = 200, description = "OpenAPI 3.1", body = Object, content_type = "application/json"),
))]
pub(super) async fn openapi_json() -> HttpResponse {
    HttpResponse::Ok().content_type("application/json").body(super::openapi::json())
}
