//! `/v1/explain`: why a request would be signed or refused.

use actix_web::web::Data;
use sail_cargo_protocol::{ExplainRequest, Explanation, Problem, Scope};

use super::answer::ApiResponse;
use super::body::Body;
use super::error::ApiError;
use super::extractors::{Authenticated, NoQuery};
use super::state::State;
use crate::domain::SubjectId;
use crate::domain::limits::MAX_SIGN_BODY;
use crate::explain::{For, explain as walk};

/// Judges a request and says why, step by step. Nothing is signed.
#[utoipa::path(post, path = "/v1/explain", tag = "signing", request_body = ExplainRequest, responses(
    (status = 200, description = "The trace, whatever the verdict", body = Explanation),
    (status = 400, description = "Malformed", body = Problem),
    (status = 401, description = "Not authenticated", body = Problem),
    (status = 403, description = "Only the application asks about others", body = Problem),
))]
pub(super) async fn explain(
    mut auth: Authenticated,
    state: Data<State>,
    _: NoQuery,
    body: Body<ExplainRequest, MAX_SIGN_BODY>,
) -> Result<ApiResponse<Explanation>, ApiError> {
    auth.demand_scope(Scope::GrantsRead)?;
    let body = body.read(&mut auth, &state).await?;
    let whom = whom(&auth, &body)?;
    Ok(walk(&state.service, &auth.0, &body, whom).await??.into())
}

fn whom(auth: &Authenticated, question: &ExplainRequest) -> Result<For, ApiError> {
    let Some(user) = &question.user else {
        if question.groups.is_empty() {
            return Ok(For::Caller);
        }
        return Err(ApiError::field("/groups", "only beside `user`"));
    };
    if !auth.is_root() {
        auth.demand_root(Scope::GrantsRead)?;
    }
    let id = |pointer: String, text: &str| {
        SubjectId::parse(text).map_err(|error| ApiError::field(pointer, error))
    };
    let groups = question
        .groups
        .iter()
        .enumerate()
        .map(|(index, group)| id(format!("/groups/{index}"), group))
        .collect::<Result<_, _>>()?;
    Ok(For::User(id("/user".to_owned(), user)?, groups))
}
