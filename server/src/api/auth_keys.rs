//! `/v1/auth-keys`: the auth service's keys, for operators.

use actix_web::web::{Data, Json};
use sail_cargo_protocol::{AuthKeys, Outcome, Problem};

use super::error::ApiError;
use super::extractors::Authenticated;
use super::state::State;
use crate::audit::OperatorAct;
use crate::authn::KeyHealth;
use crate::health::of_keys;

/// Fetches the auth service's keys now, on the server that is asked. A key that it does not
/// publish any more is out with this answer; an empty set ends all of them at once. It is on record.
#[utoipa::path(post, path = "/v1/auth-keys/refresh", tag = "operators", responses(
    (status = 200, description = "How the keys stand now, fetched or not", body = AuthKeys),
    (status = 401, description = "Not authenticated", body = Problem),
    (status = 403, description = "For operators", body = Problem),
    (status = 409, description = "No auth service is configured", body = Problem),
))]
pub(super) async fn refresh(
    auth: Authenticated,
    state: Data<State>,
) -> Result<Json<AuthKeys>, ApiError> {
    auth.demand_operator()?;
    let keys = state.authenticator.keys().ok_or_else(|| ApiError::Conflict {
        code: "tokens_not_accepted",
        detail: "this server is not configured to accept user tokens".to_owned(),
    })?;
    let report = keys.refresh().await;
    let health = match &report.health {
        KeyHealth::Fresh => String::new(),
        KeyHealth::Degraded(why) | KeyHealth::Missing(why) => format!(": {why}"),
    };
    let act = OperatorAct {
        action: "auth_keys.refresh",
        object: None,
        outcome: Outcome::Allow,
        reason: "ok",
        detail: format!("{} keys of the auth service are in use{health}", report.keys),
    };
    state.service.audit().record_act(&auth.0, act).await?;
    Ok(Json(AuthKeys {
        check: of_keys(report.health),
        keys: report.keys as u64,
        confirmed_at: report.confirmed_at,
        skipped: report.skipped,
    }))
}
