//! `/v1/changes/chain`: whether the log of changes is as it was written.

use actix_web::HttpRequest;
use actix_web::web::Data;
use sail_cargo_protocol::{ChainCheck, ChainQuery, Problem, Scope};

use super::answer::ApiResponse;
use super::crowd::leave;
use super::error::ApiError;
use super::extractors::{Authenticated, Query};
use super::state::State;
use super::wire;
use crate::domain::{At, ChainHead, limits};

/// Verifies the hash chain of the project's changes: that each is as it was written, that none is
/// missing, and that a head that was kept elsewhere is in it. An answer is about a part of the chain.
#[utoipa::path(get, path = "/v1/changes/chain", tag = "audit", params(ChainQuery), responses(
    (status = 200, description = "Whether it holds, and until where", body = ChainCheck),
    (status = 400, description = "Malformed", body = Problem),
    (status = 401, description = "Not authenticated", body = Problem),
    (status = 403, description = "Not for users, nor without the scope", body = Problem),
    (status = 429, description = "Too many event streams, long polls and x-ndjson listings of this project, or by this key", body = Problem),
    (status = 503, description = "Too many event streams, long polls and x-ndjson listings, or a newer version wrote that part", body = Problem),
))]
pub(super) async fn verify(
    auth: Authenticated,
    state: Data<State>,
    query: Query<ChainQuery>,
    request: HttpRequest,
) -> Result<ApiResponse<ChainCheck>, ApiError> {
    auth.demand_root(Scope::AuditRead)?;
    let project = auth.project()?;
    let ChainQuery { after, head, page_size } = query.0;
    let size = page_size.unwrap_or(limits::MAX_CHAIN_PAGE);
    if !(1..=limits::MAX_CHAIN_PAGE).contains(&size) {
        return Err(ApiError::field("page_size", "1 to 10000"));
    }
    let after = place("after", after.as_deref())?.unwrap_or(ChainHead::START);
    let kept = place("head", head.as_deref())?;
    // Verifications take turns: who waits for one counts as a reader, not as work in progress.
    let _reader = state.readers.enter(&auth.0.caller)?;
    leave(&request);
    let check = state.service.verify_chain(project, after, kept, size.into(), auth.0);
    let At { value, revision } = check.await?;
    Ok(ApiResponse::at(revision, wire::chain_check(&value, revision)))
}

fn place(name: &'static str, text: Option<&str>) -> Result<Option<ChainHead>, ApiError> {
    let head = text.map(ChainHead::parse).transpose();
    head.map_err(|invalid| ApiError::field(name, invalid))
}
