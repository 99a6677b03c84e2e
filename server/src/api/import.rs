//! `/v1/grants/import`: many grants in one request, one per line.

use actix_web::web::Data;
use sail_cargo_protocol::{BulkQuery, GrantLine, GrantsChanged, Permission, Problem};

use super::answer::ApiResponse;
use super::body::aside;
use super::bucket_lifecycle::settle_first;
use super::error::ApiError;
use super::extractors::{Authenticated, Query};
use super::grants::{administers_something, changed, demand_distinct, edit_options};
use super::ndjson::Ndjson;
use super::state::State;
use crate::domain::NewGrant;
use crate::domain::caller::Scope;
use crate::domain::limits::{MAX_IMPORT_BODY, MAX_IMPORT_LINES};
use crate::service::{GrantEdit, Precondition};

/// How many lines count as one request for the rate limits: all lines are written in one
/// transaction.
const LINES_A_REQUEST: usize = 100;

/// Gives up to 100,000 grants on any buckets, one a line: all, or none. What a line leaves out
/// is reset; grants that no line names stay.
#[utoipa::path(post, path = "/v1/grants/import", tag = "grants", params(BulkQuery),
    request_body(content = GrantLine, content_type = "application/x-ndjson"), responses(
        (status = 200, description = "Done, or what would be done", body = GrantsChanged),
        (status = 400, description = "Malformed", body = Problem),
        (status = 401, description = "Not authenticated", body = Problem),
        (status = 403, description = "The caller administers nothing, or not all of this", body = Problem),
        (status = 404, description = "No such bucket, or nothing the caller administers", body = Problem),
        (status = 409, description = "A bucket would lose its last admin, or a subject has too many grants", body = Problem),
        (status = 413, description = "Longer than 64 MiB", body = Problem),
        (status = 415, description = "Not application/x-ndjson", body = Problem),
        (status = 503, description = "Too many imports are under way, or the storage does not say how a claimed bucket stands", body = Problem),
    ))]
pub(super) async fn import(
    mut auth: Authenticated,
    state: Data<State>,
    query: Query<BulkQuery>,
    lines: Ndjson<GrantLine, MAX_IMPORT_LINES, MAX_IMPORT_BODY>,
) -> Result<ApiResponse<GrantsChanged>, ApiError> {
    auth.demand_scope(Scope::GrantsWrite)?;
    demand_admin(&auth, &state).await?;
    let edit_options = edit_options(&auth, query.0.dry_run, query.0.force)?;
    let lines = lines.read(&mut auth, &state).await?;
    auth.pays_for(lines.len().div_ceil(LINES_A_REQUEST), &state)?;
    let edits = aside(move || edits(lines)).await?;
    let buckets = edits.iter().map(|edit| edit.key().bucket.clone());
    settle_first(&auth, &state, buckets, edit_options.dry_run).await?;
    let edited = state
        .service
        .edit_grants(auth.project()?, "grant.import", edits, edit_options, auth.0.clone())
        .await
        .map_err(|error| ApiError::of_item(error, at))?;
    Ok(changed(edit_options, edited))
}

/// Refuses users who administer nothing before the body is read: they cannot change any grant.
async fn demand_admin(auth: &Authenticated, state: &State) -> Result<(), ApiError> {
    if administers_something(auth, state).await? {
        return Ok(());
    }
    let detail = "the caller has no admin grant".to_owned();
    let required = Some(Permission::Admin);
    Err(ApiError::Forbidden { code: "no_permission", detail, required })
}

fn at(index: usize) -> String {
    format!("/{index}")
}

fn edits(lines: Vec<GrantLine>) -> Result<Vec<GrantEdit>, ApiError> {
    let edits = lines
        .into_iter()
        .enumerate()
        .map(|(index, line)| edit(line).map_err(|error| error.under(&at(index))))
        .collect::<Result<Vec<_>, _>>()?;
    demand_distinct(&edits, at)?;
    Ok(edits)
}

fn edit(line: GrantLine) -> Result<GrantEdit, ApiError> {
    let new = NewGrant::parse_line(line).map_err(|flaw| ApiError::of_body(&flaw))?;
    Ok(GrantEdit::give(new, Precondition::None))
}
