//! `/v1/sessions`, `/v1/users/{user}/sessions`: temporary credentials for the gateway. None is stored, so
//! none is listed: all that a user has are ended at once.

use actix_web::HttpResponse;
use actix_web::web::{Data, Path};
use sail_cargo_protocol::{OpenSession, OpenedSession, Problem, Scope, SessionsEnded};

use super::answer::ApiResponse;
use super::body::Body;
use super::error::ApiError;
use super::extractors::Authenticated;
use super::state::State;
use super::users::user_id;
use super::wire;
use crate::domain::session::{NewSession, SessionLife};
use crate::domain::{Caller, SubjectId};

/// Opens a session of the caller: a temporary access key for the S3 gateway. At each request it has what
/// the caller has then, but for the groups of a user's token, which are those of now. It ends with the API
/// key in use, with its project, and when the sessions of its user are ended.
#[utoipa::path(post, path = "/v1/sessions", tag = "access-keys", request_body = OpenSession, responses(
    (status = 201, description = "Opened; the answer is the only time that its secrets can be seen", body = OpenedSession),
    (status = 400, description = "Malformed, or the token names too many groups", body = Problem),
    (status = 401, description = "Not authenticated", body = Problem),
    (status = 403, description = "Without the scope, or an operator", body = Problem),
    (status = 503, description = "No record, no session", body = Problem),
))]
pub(super) async fn open(
    mut auth: Authenticated,
    state: Data<State>,
    body: Body<OpenSession>,
) -> Result<HttpResponse, ApiError> {
    auth.demand_scope(Scope::Sign)?;
    let life = life(body.read(&mut auth, &state).await?.expires_in)?;
    let terms = state.authenticator.session_terms(&auth.0.caller);
    let new = NewSession::of(&auth.0.caller, None, None, life, auth.0.now)?.under(&terms);
    let opened = state.service.open_session(new, "", &auth.0).await?;
    Ok(HttpResponse::Created().json(wire::opened_session(&opened, auth.0.now)))
}

fn life(seconds: Option<u32>) -> Result<SessionLife, ApiError> {
    let Some(seconds) = seconds else { return Ok(SessionLife::default()) };
    let rule = || ApiError::field("/expires_in", "900 to 43,200 seconds");
    SessionLife::of_seconds(seconds).ok_or_else(rule)
}

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
