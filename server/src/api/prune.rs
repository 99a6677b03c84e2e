//! `/v1/audit-events/prune`: removes old audit events, for operators.

use std::time::Duration;

use actix_web::web::{Data, Json};
use sail_cargo_protocol::{Problem, PruneAudit, PrunedAudit};

use super::body::Body;
use super::error::ApiError;
use super::extractors::Authenticated;
use super::state::State;
use super::wire;
use crate::domain::Slug;

/// How long one request removes or counts events.
const LIMIT: Duration = Duration::from_secs(5);

/// Removes audit events that are older than an instant: of the project that `X-Project` names, or
/// of all projects and of none. It is on record. The change log stays as it is.
#[utoipa::path(post, path = "/v1/audit-events/prune", tag = "operators",
    request_body = PruneAudit,
    responses(
        (status = 200, description = "How many were removed, or would be", body = PrunedAudit),
        (status = 400, description = "Malformed", body = Problem),
        (status = 401, description = "Not authenticated", body = Problem),
        (status = 403, description = "For operators", body = Problem),
    ))]
pub(super) async fn prune(
    mut auth: Authenticated,
    state: Data<State>,
    body: Body<PruneAudit>,
) -> Result<Json<PrunedAudit>, ApiError> {
    auth.demand_operator()?;
    let PruneAudit { before, dry_run, after } = body.read(&mut auth, &state).await?;
    let context = &auth.0;
    if before > context.now {
        return Err(ApiError::field("/before", "must be in the past"));
    }
    if after.as_deref().is_some_and(|after| !is_place(after)) {
        return Err(ApiError::field("/after", "`next` of the answer before"));
    }
    let project = context.caller.project().cloned();
    if dry_run {
        let counted = state.service.audit().count_prunable(project, before, LIMIT).await?;
        return Ok(Json(wire::pruned(counted)));
    }
    let pruned = state.service.audit().prune((project, after), before, LIMIT, context).await?;
    Ok(Json(wire::pruned(pruned)))
}

/// Whether `text` is a position in the removal: empty after the events without a project, or the
/// slug of the last project.
fn is_place(text: &str) -> bool {
    text.is_empty() || Slug::parse(text).is_ok()
}
