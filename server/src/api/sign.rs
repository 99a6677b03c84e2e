//! `/v1/sign` and `/v1/presign`: signatures and presigned URLs.

use std::time::Instant;

use actix_web::web::Data;
use sail_cargo_protocol::{
    Batch, BatchAnswer, BatchItem, Outcome, PresignRequest, PresignResponse, Problem, SignRequest,
    SignResponse, Text,
};

use super::answer::ApiResponse;
use super::body::Body;
use super::error::ApiError;
use super::extractors::{Authenticated, NoQuery};
use super::state::State;
use crate::audit::Decision;
use crate::domain::caller::Scope;
use crate::domain::limits::{MAX_BATCH, MAX_SIGN_BATCH_BODY, MAX_SIGN_BODY};
use crate::domain::pipeline::{SigningError, SigningRequest, SigningResponse};
use crate::domain::{At, Denied};
use crate::service::signing::{self, PipelineError};

/// Signs one S3 request, if the caller's grants allow exactly that request.
#[utoipa::path(post, path = "/v1/sign", tag = "signing", request_body = SignRequest, responses(
    (status = 200, description = "Signed", body = SignResponse),
    (status = 400, description = "No S3 request Cargo would sign for anybody", body = Problem),
    (status = 401, description = "Not authenticated", body = Problem),
    (status = 403, description = "The grants do not allow it", body = Problem),
    (status = 503, description = "No record, no signature; or how the bucket stands is not known", body = Problem),
))]
pub(super) async fn sign(
    mut auth: Authenticated,
    state: Data<State>,
    _: NoQuery,
    body: Body<SignRequest, MAX_SIGN_BODY>,
) -> Result<ApiResponse<SignResponse>, ApiError> {
    demand_signer(&auth, &state).await?;
    let mut json = body.text(&mut auth, &state).await?;
    let ask: SignRequest<Text<'_>> = json.lend().await?;
    one(auth, &state, (&ask).into(), SigningResponse::signed).await
}

/// Signs up to 1000 S3 requests, each judged on its own, at one revision.
#[utoipa::path(post, path = "/v1/sign/batch", tag = "signing", request_body = Batch<SignRequest>, responses(
    (status = 200, description = "An answer for each, in order", body = BatchAnswer<SignResponse>),
    (status = 400, description = "Malformed", body = Problem),
    (status = 401, description = "Not authenticated", body = Problem),
    (status = 403, description = "The API key signs nothing", body = Problem),
    (status = 503, description = "No record, no signature", body = Problem),
))]
pub(super) async fn sign_batch(
    mut auth: Authenticated,
    state: Data<State>,
    _: NoQuery,
    body: Body<Batch<SignRequest>, MAX_SIGN_BATCH_BODY>,
) -> Result<ApiResponse<BatchAnswer<SignResponse>>, ApiError> {
    demand_signer(&auth, &state).await?;
    let mut json = body.text(&mut auth, &state).await?;
    let batch: Batch<SignRequest<Text<'_>>> = json.lend().await?;
    let asks = batch.items.iter().map(SigningRequest::from).collect();
    many(auth, &state, asks, SigningResponse::signed).await
}

/// Makes a URL that works for whoever holds it: GetObject, HeadObject, PutObject or UploadPart.
#[utoipa::path(post, path = "/v1/presign", tag = "signing", request_body = PresignRequest, responses(
    (status = 200, description = "Presigned", body = PresignResponse),
    (status = 400, description = "No S3 request Cargo would presign for anybody", body = Problem),
    (status = 401, description = "Not authenticated", body = Problem),
    (status = 403, description = "The grants do not allow it", body = Problem),
    (status = 503, description = "No record, no signature; or how the bucket stands is not known", body = Problem),
))]
pub(super) async fn presign(
    mut auth: Authenticated,
    state: Data<State>,
    _: NoQuery,
    body: Body<PresignRequest>,
) -> Result<ApiResponse<PresignResponse>, ApiError> {
    demand_signer(&auth, &state).await?;
    let mut json = body.text(&mut auth, &state).await?;
    let ask: PresignRequest<Text<'_>> = json.lend().await?;
    one(auth, &state, (&ask).into(), SigningResponse::presigned).await
}

/// Makes up to 1000 URLs, each judged on its own, at one revision.
#[utoipa::path(post, path = "/v1/presign/batch", tag = "signing", request_body = Batch<PresignRequest>, responses(
    (status = 200, description = "An answer for each, in order", body = BatchAnswer<PresignResponse>),
    (status = 400, description = "Malformed", body = Problem),
    (status = 401, description = "Not authenticated", body = Problem),
    (status = 403, description = "The API key signs nothing", body = Problem),
    (status = 503, description = "No record, no signature", body = Problem),
))]
pub(super) async fn presign_batch(
    mut auth: Authenticated,
    state: Data<State>,
    _: NoQuery,
    body: Body<Batch<PresignRequest>, MAX_SIGN_BATCH_BODY>,
) -> Result<ApiResponse<BatchAnswer<PresignResponse>>, ApiError> {
    demand_signer(&auth, &state).await?;
    let mut json = body.text(&mut auth, &state).await?;
    let batch: Batch<PresignRequest<Text<'_>>> = json.lend().await?;
    let asks = batch.items.iter().map(SigningRequest::from).collect();
    many(auth, &state, asks, SigningResponse::presigned).await
}

/// Refuses API keys without the scope for signing, and records it, before the body is read.
async fn demand_signer(auth: &Authenticated, state: &State) -> Result<(), ApiError> {
    let caller = &auth.0.caller;
    let (false, Some(project)) = (caller.has_scope(Scope::Sign), caller.project()) else {
        return Ok(());
    };
    let denied = Denied::ScopeMissing;
    let decision = Decision {
        project: project.clone(),
        action: "s3:?",
        bucket: None,
        object: None,
        outcome: Outcome::Deny,
        reason: denied.code(),
        detail: denied.to_string().into(),
        revision: None,
        request: None,
    };
    state.service.audit().record(&auth.0, vec![decision]).await?;
    Err(SigningError::Denied(denied).into())
}

async fn one<T>(
    auth: Authenticated,
    state: &State,
    ask: SigningRequest<'_>,
    unwrap: impl Fn(SigningResponse) -> Option<T>,
) -> Result<ApiResponse<T>, ApiError> {
    let At { value: mut answers, revision } = answer(&auth, state, &[ask]).await?;
    let answer = answers.pop().ok_or(ApiError::Internal)??;
    Ok(ApiResponse::at(revision, unwrap(answer).ok_or(ApiError::Internal)?))
}

async fn many<T>(
    auth: Authenticated,
    state: &State,
    asks: Vec<SigningRequest<'_>>,
    unwrap: impl Fn(SigningResponse) -> Option<T>,
) -> Result<ApiResponse<BatchAnswer<T>>, ApiError> {
    if !(1..=MAX_BATCH).contains(&asks.len()) {
        return Err(ApiError::field("/items", "1 to 1000 items"));
    }
    auth.pays_for(asks.len(), state)?;
    let At { value: answers, revision } = answer(&auth, state, &asks).await?;
    let item = |answer: Result<SigningResponse, SigningError>| match answer
        .map_err(ApiError::from)
        .and_then(|answer| unwrap(answer).ok_or(ApiError::Internal))
    {
        Ok(answer) => BatchItem::Ok { answer },
        Err(error) => BatchItem::Failed { problem: error.problem() },
    };
    let items = answers.into_iter().map(item).collect();
    Ok(ApiResponse::at(revision, BatchAnswer { items }))
}

/// Signs or refuses each of `asks`, and measures how long that takes.
async fn answer(
    auth: &Authenticated,
    state: &State,
    asks: &[SigningRequest<'_>],
) -> Result<At<Vec<Result<SigningResponse, SigningError>>>, PipelineError> {
    let begun = Instant::now();
    let answers = signing::sign(&state.service, &state.reconciler, &auth.0, asks).await;
    state.service.metrics().decision_seconds.record(begun.elapsed());
    answers
}
