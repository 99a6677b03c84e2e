//! The one path a signature can take. Every `.await` is I/O, or lets others in; everything else is pure.
//!
//! It is walked by any number of requests at once: they are judged one by one, against one
//! reading of the grants, and recorded in one write before anybody hears of a verdict. Between two
//! of them, other requests have their turn.

mod approval;
mod buckets;
mod error;
mod record;
mod request;

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sail_cargo_protocol::{PresignResponse, SignRequest, SignResponse};

use approval::Approval;
pub use error::{PipelineError, SigningError};
pub use request::{SigningRequest, SigningResponse};

use crate::domain::s3::{Endpoint, Presignable, RawRequest, S3Request};
use crate::domain::sigv4::{self, StoreCredentials};
use crate::domain::{
    At, Authority, Context, Denied, ProjectId, Resource, Revision, decide, limits,
};
use crate::pace::Pace;
use crate::service::bucket_lifecycle::Reconciler;
use crate::service::error::ServiceError;
use crate::service::handle::Service;

/// Signs each of `asks`, or says why not; the answers are in their order.
///
/// # Errors
/// See [`PipelineError`]: then none was signed.
pub async fn sign(
    service: &Service,
    reconciler: &Reconciler,
    context: &Context,
    asks: &[SigningRequest<'_>],
) -> Result<At<Vec<Result<SigningResponse, SigningError>>>, PipelineError> {
    let project = context.caller.project().ok_or(PipelineError::NoProject)?.clone();
    let endpoints = service.endpoints(project.clone()).await?;
    let mut pace = Pace::default();
    let mut requests = Vec::with_capacity(asks.len());
    for ask in asks {
        requests.push(parse(*ask, &endpoints));
        pace.step().await;
    }
    let At { value: ground, revision } =
        buckets::ground(service, reconciler, context, &project, &requests).await?;
    let mut pace = Pace::default();
    let mut verdicts = Vec::with_capacity(asks.len());
    for (ask, request) in asks.iter().zip(&requests) {
        let verdict = judge(*ask, request, context, &ground.authority);
        verdicts.push(verdict.map_err(|refusal| ground.reason(refusal)));
        pace.step().await;
    }
    buckets::reserve(service, reconciler, context, &project, &mut verdicts).await?;
    let credentials = credentials(service, &project, &verdicts).await?;
    let mut pace = Pace::default();
    let mut answers = Vec::with_capacity(asks.len());
    let mut decisions = Vec::with_capacity(asks.len());
    for ((ask, request), verdict) in asks.iter().zip(&requests).zip(verdicts) {
        decisions.push(record::decision(&project, *ask, request, &verdict, credentials.as_deref()));
        answers.push(match (verdict, &credentials) {
            (Ok(approval), Some(credentials)) => {
                Ok(sign_one(*ask, &approval, credentials, context, revision))
            }
            (Ok(_), None) => return Err(ServiceError::NotFound(Resource::Credentials).into()),
            (Err(no), _) => Err(no),
        });
        pace.step().await;
    }
    service.audit().record(context, decisions).await.map_err(ServiceError::from)?;
    Ok(At { value: answers, revision })
}

/// Reads what is asked. Pure.
pub(crate) fn parse(
    ask: SigningRequest<'_>,
    endpoints: &[Endpoint],
) -> Result<S3Request, SigningError> {
    let request = match ask {
        SigningRequest::Sign(wire) => {
            let body = decode_body(wire)?;
            let raw = RawRequest {
                method: &wire.method,
                url: &wire.url,
                headers: &wire.headers,
                payload: wire.payload.as_deref(),
                body: body.as_deref(),
            };
            S3Request::parse(raw, endpoints)?
        }
        SigningRequest::Presign(wire) => {
            let raw = RawRequest {
                method: &wire.method,
                url: &wire.url,
                headers: &wire.headers,
                payload: Some(wire.payload.as_deref().unwrap_or("UNSIGNED-PAYLOAD")),
                body: None,
            };
            S3Request::parse_to_presign(raw, endpoints)?
        }
    };
    Ok(request)
}

fn decode_body(wire: &SignRequest) -> Result<Option<Vec<u8>>, SigningError> {
    let Some(body) = &wire.body else { return Ok(None) };
    match STANDARD.decode(body) {
        Ok(bytes) if bytes.len() <= limits::MAX_SIGNED_BODY => Ok(Some(bytes)),
        _ => Err(SigningError::Body),
    }
}

/// Limits of presigning, then the grants. Pure.
fn judge<'a>(
    ask: SigningRequest<'_>,
    request: &'a Result<S3Request, SigningError>,
    context: &Context,
    authority: &Authority,
) -> Result<Approval<'a>, SigningError> {
    let request = request.as_ref().map_err(SigningError::again)?;
    let presignable = match ask {
        SigningRequest::Sign(_) => None,
        SigningRequest::Presign(wire) => {
            let expires_in = wire.expires_in.unwrap_or(limits::DEFAULT_PRESIGN_SECONDS);
            let limits = authority.presign_limits(&context.caller, request.operation());
            Some(Presignable::check(request, expires_in, limits)?)
        }
    };
    let approved = decide(&context.caller, request, authority, context.now)?;
    let end = approved.until().instant();
    let lifetime = presignable
        .map(|presignable| presignable.lifetime(end, context.now).ok_or(Denied::ExpiresTooSoon))
        .transpose()?;
    Ok(Approval { approved, lifetime, claim: None })
}

/// The keys, if there is anything to sign: which takes a proof.
async fn credentials(
    service: &Service,
    project: &ProjectId,
    verdicts: &[Result<Approval<'_>, SigningError>],
) -> Result<Option<Arc<StoreCredentials>>, ServiceError> {
    match verdicts.iter().flatten().next() {
        Some(approval) => service.credentials(project.clone(), &approval.approved).await.map(Some),
        None => Ok(None),
    }
}

/// Signs. Pure.
fn sign_one(
    ask: SigningRequest<'_>,
    approval: &Approval<'_>,
    credentials: &StoreCredentials,
    context: &Context,
    revision: Revision,
) -> SigningResponse {
    let approved = &approval.approved;
    let request = approved.request();
    let operation = request.operation().name().to_owned();
    let revision = revision.to_string();
    if let (SigningRequest::Presign(wire), Some(lifetime)) = (ask, approval.lifetime) {
        let signed = sigv4::presign(approved, lifetime, credentials, context.now);
        return SigningResponse::Presigned(PresignResponse {
            method: request.method().as_str().to_owned(),
            dropped_headers: signed.leaves_out(&wire.headers),
            url: signed.url,
            headers: signed.headers,
            operation,
            expires_at: signed.expires_at,
            revision,
        });
    }
    let signature = sigv4::sign(approved, credentials, context.now);
    SigningResponse::Signed(SignResponse {
        headers: signature.headers,
        remove_headers: request.superseded_headers().to_vec(),
        url: request.url().to_owned(),
        operation,
        expires_at: signature.expires_at,
        revision,
        claim: approval.claim.clone(),
    })
}
