//! `/v1/audit-events`: who asked for what, and how it ended.

use actix_web::web::{Data, Json};
use sail_cargo_protocol::{AuditEvent, AuditQuery, Page, PageQuery, Problem, Scope};

use super::error::ApiError;
use super::extract::{Asker, Query};
use super::page::Window;
use super::state::State;
use crate::store::AuditFilter;

/// The project's audit trail, newest first.
#[utoipa::path(get, path = "/v1/audit-events", tag = "audit", params(AuditQuery), responses(
    (status = 200, description = "Newest first", body = Page<AuditEvent>),
    (status = 401, description = "Not authenticated", body = Problem),
    (status = 403, description = "Not for users, nor without the scope", body = Problem),
))]
pub(super) async fn list(
    asker: Asker,
    state: Data<State>,
    query: Query<AuditQuery>,
) -> Result<Json<Page<AuditEvent>>, ApiError> {
    asker.demand_root(Scope::AuditRead)?;
    let AuditQuery {
        actor,
        bucket,
        action,
        request_id,
        outcome,
        since,
        until,
        page_size,
        page_token,
    } = query.0;
    let window: Window<String> = Window::read(&PageQuery { page_size, page_token })?;
    let texts =
        [("actor", &actor), ("bucket", &bucket), ("action", &action), ("request_id", &request_id)];
    for (name, text) in texts {
        if text.as_ref().is_some_and(|text| text.chars().any(char::is_control)) {
            return Err(ApiError::field(name, "no control characters"));
        }
    }
    let filter = AuditFilter {
        actor,
        bucket,
        action,
        request_id,
        outcome,
        since,
        until,
        before: window.after.clone(),
        limit: window.limit + 1,
    };
    let events = state.store.audit_events(asker.project()?, filter).await?;
    Ok(Json(window.page(events, |event| event.id.clone())))
}
