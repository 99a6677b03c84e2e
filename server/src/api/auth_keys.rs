//! `/v1/auth-keys`: the auth service's keys, for operators.

use std::sync::Arc;

use actix_web::web::{Data, Json};
use sail_cargo_protocol::{AuthKeys, Check, Outcome, Problem};

use super::error::ApiError;
use super::extractors::Authenticated;
use super::state::State;
use crate::audit::OperatorAct;
use crate::authn::{BelievedIssuer, KeyReport};
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
    let reports = state.authenticator.issuers().refresh().await;
    let keys = together(reports).ok_or_else(|| ApiError::Conflict {
        code: "tokens_not_accepted",
        detail: "this server is not configured to accept user tokens".to_owned(),
    })?;
    let health = match &keys.check {
        Check::Ok => String::new(),
        Check::Degraded { detail } | Check::Failed { detail } => format!(": {detail}"),
    };
    let act = OperatorAct {
        action: "auth_keys.refresh",
        object: None,
        outcome: Outcome::Allow,
        reason: "ok",
        detail: format!("{} keys of the auth service are in use{health}", keys.keys),
    };
    state.service.audit().record_act(&auth.0, act).await?;
    Ok(Json(keys))
}

/// The keys of all issuers as one answer; `None` without issuers. What concerns an issuer with an alias begins
/// with it.
fn together(reports: Vec<(Arc<BelievedIssuer>, KeyReport)>) -> Option<AuthKeys> {
    let answers = reports.into_iter().map(|(row, report)| {
        let alias = row.issuer.alias().map(|alias| format!("{alias}: ")).unwrap_or_default();
        let told = |text: String| format!("{alias}{text}");
        AuthKeys {
            check: match of_keys(report.health) {
                Check::Ok => Check::Ok,
                Check::Degraded { detail } => Check::Degraded { detail: told(detail) },
                Check::Failed { detail } => Check::Failed { detail: told(detail) },
            },
            keys: report.keys as u64,
            confirmed_at: report.confirmed_at,
            skipped: report.skipped.into_iter().map(told).collect(),
        }
    });
    answers.reduce(|mut all, one| {
        all.skipped.extend(one.skipped);
        AuthKeys {
            check: worse(all.check, one.check),
            keys: all.keys + one.keys,
            confirmed_at: all.confirmed_at.min(one.confirmed_at),
            skipped: all.skipped,
        }
    })
}

/// The worse of two checks; both details if they are equally bad.
fn worse(one: Check, other: Check) -> Check {
    match (one, other) {
        (Check::Failed { detail }, Check::Failed { detail: more }) => {
            Check::Failed { detail: format!("{detail}; {more}") }
        }
        (Check::Degraded { detail }, Check::Degraded { detail: more }) => {
            Check::Degraded { detail: format!("{detail}; {more}") }
        }
        (failed @ Check::Failed { .. }, _) | (_, failed @ Check::Failed { .. }) => failed,
        (Check::Ok, other) => other,
        (one, Check::Ok) => one,
    }
}
