//! `/v1/users/{user}/sessions`: sessions of STS. None is stored, so none is listed: all that a user has
//! are ended at once.

use actix_web::web::{Data, Path};
use sail_cargo_protocol::{Problem, Scope, SessionsEnded};

use super::answer::ApiResponse;
use super::error::ApiError;
use super::extractors::Authenticated;
use super::state::State;
use super::users::user_id;
use super::wire;
use crate::domain::{Caller, SubjectId};

/// Ends every session that a user has at the gateway. Access keys and tokens stay as they are.
#[utoipa::path(post, path = "/v1/users/{user}/sessions/end", tag = "users",
    params(("user" = String, Path, description = "The id in their token")),
    responses(
        (status = 200, description = "Ended: every server refuses them within its max staleness", body = SessionsEnded),
        (status = 400, description = "No id", body = Problem),
        (status = 401, description = "Not authenticated", body = Problem),
        (status = 403, description = "Without the scope, or another user's", body = Problem),
    ))]
pub(super) async fn end(
    auth: Authenticated,
    state: Data<State>,
    path: Path<String>,
) -> Result<ApiResponse<SessionsEnded>, ApiError> {
    let user = user_id(&path)?;
    demand(&auth, &user)?;
    let ended = state.service.end_sessions(auth.project()?, user, auth.0.clone()).await?;
    Ok(ended.map(|end| wire::sessions_ended(&end)).into())
}

/// Users end their own sessions, with any token of theirs: it takes nothing from anybody else. The
/// application and operators end anybody's.
fn demand(auth: &Authenticated, user: &SubjectId) -> Result<(), ApiError> {
    match &auth.0.caller {
        Caller::User(caller) if caller.id == *user => auth.demand_scope(Scope::KeysWrite),
        _ => auth.demand_root(Scope::KeysWrite),
    }
}
