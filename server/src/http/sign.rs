//! `/v1/sign` and `/v1/presign`: the point of it all.

use actix_web::web::Data;
use sail_cargo_protocol::{
    Batch, BatchAnswer, BatchItem, Outcome, PresignRequest, PresignResponse, Problem, SignRequest,
    SignResponse,
};

use super::answer::Answer;
use super::body::Body;
use super::error::ApiError;
use super::extract::Asker;
use super::state::State;
use crate::domain::caller::Scope;
use crate::domain::limits::{MAX_BATCH, MAX_SIGN_BATCH_BODY, MAX_SIGN_BODY};
use crate::domain::{At, Denied};
use crate::sign::{self as corridor, Ask, NotSigned};
use crate::store::Decision;

/// Signs one S3 request, if the caller's grants allow exactly that request.
#[utoipa::path(post, path = "/v1/sign", tag = "signing", request_body = SignRequest, responses(
    (status = 200, description = "Signed", body = SignResponse),
    (status = 400, description = "No S3 request Cargo would sign for anybody", body = Problem),
    (status = 401, description = "Not authenticated", body = Problem),
    (status = 403, description = "The grants do not allow it", body = Problem),
    (status = 503, description = "No record, no signature; or how the bucket stands is not known", body = Problem),
))]
pub(super) async fn sign(
    mut asker: Asker,
    state: Data<State>,
    body: Body<SignRequest, MAX_SIGN_BODY>,
) -> Result<Answer<SignResponse>, ApiError> {
    demand_signer(&asker, &state).await?;
    let body = body.read(&mut asker, &state).await?;
    one(asker, &state, Ask::Sign(&body), signed).await
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
    mut asker: Asker,
    state: Data<State>,
    body: Body<Batch<SignRequest>, MAX_SIGN_BATCH_BODY>,
) -> Result<Answer<BatchAnswer<SignResponse>>, ApiError> {
    demand_signer(&asker, &state).await?;
    let body = body.read(&mut asker, &state).await?;
    let asks = body.items.iter().map(Ask::Sign).collect();
    many(asker, &state, asks, signed).await
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
    mut asker: Asker,
    state: Data<State>,
    body: Body<PresignRequest>,
) -> Result<Answer<PresignResponse>, ApiError> {
    demand_signer(&asker, &state).await?;
    let body = body.read(&mut asker, &state).await?;
    one(asker, &state, Ask::Presign(&body), presigned).await
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
    mut asker: Asker,
    state: Data<State>,
    body: Body<Batch<PresignRequest>, MAX_SIGN_BATCH_BODY>,
) -> Result<Answer<BatchAnswer<PresignResponse>>, ApiError> {
    demand_signer(&asker, &state).await?;
    let body = body.read(&mut asker, &state).await?;
    let asks = body.items.iter().map(Ask::Presign).collect();
    many(asker, &state, asks, presigned).await
}

/// Refuses keys that sign nothing, on record, before a body is awaited of them.
async fn demand_signer(asker: &Asker, state: &State) -> Result<(), ApiError> {
    let caller = &asker.0.caller;
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
    state.store.record(&asker.0, vec![decision]).await?;
    Err(NotSigned::Denied(denied).into())
}

async fn one<T>(
    asker: Asker,
    state: &State,
    ask: Ask<'_>,
    unwrap: impl Fn(corridor::Answer) -> Result<T, ApiError>,
) -> Result<Answer<T>, ApiError> {
    let At { value: mut answers, revision } =
        corridor::sign(&state.store, &state.settler, &asker.0, &[ask]).await?;
    let answer = answers.pop().ok_or(ApiError::Internal)??;
    Ok(Answer::at(revision, unwrap(answer)?))
}

async fn many<T>(
    asker: Asker,
    state: &State,
    asks: Vec<Ask<'_>>,
    unwrap: impl Fn(corridor::Answer) -> Result<T, ApiError>,
) -> Result<Answer<BatchAnswer<T>>, ApiError> {
    if !(1..=MAX_BATCH).contains(&asks.len()) {
        return Err(ApiError::field("/items", "1 to 1000 items"));
    }
    asker.pays_for(asks.len(), state)?;
    let At { value: answers, revision } =
        corridor::sign(&state.store, &state.settler, &asker.0, &asks).await?;
    let item = |answer: Result<corridor::Answer, NotSigned>| match answer
        .map_err(ApiError::from)
        .and_then(&unwrap)
    {
        Ok(answer) => BatchItem::Ok { answer },
        Err(error) => BatchItem::Failed { problem: error.problem() },
    };
    let items = answers.into_iter().map(item).collect();
    Ok(Answer::at(revision, BatchAnswer { items }))
}

fn signed(answer: corridor::Answer) -> Result<SignResponse, ApiError> {
    match answer {
        corridor::Answer::Signed(response) => Ok(response),
        corridor::Answer::Presigned(_) => Err(ApiError::Internal),
    }
}

fn presigned(answer: corridor::Answer) -> Result<PresignResponse, ApiError> {
    match answer {
        corridor::Answer::Presigned(response) => Ok(response),
        corridor::Answer::Signed(_) => Err(ApiError::Internal),
    }
}
