//! The signing pipeline: the only path to a signature. Every `.await` is I/O or yields to other
//! requests. The rest is pure, and is [`crate::domain::pipeline`].
//!
//! A batch takes the same path as one request. Its requests are judged one by one, against grants
//! read at one revision, and recorded in one write before any verdict is returned. The pipeline
//! yields between two of them.

mod buckets;
mod credentials;
mod error;
mod forwarding;
mod record;

pub use error::PipelineError;
pub use forwarding::{Judge, Outgoing, Read};

use crate::domain::pipeline::{SigningError, SigningRequest, SigningResponse};
use crate::domain::{At, Context, Resource};
use crate::pace::Pace;
use crate::service::bucket_lifecycle::Reconciler;
use crate::service::error::ServiceError;
use crate::service::handle::Service;
use credentials::credentials;

/// Signs each of `asks`, or refuses it. The answers are in the order of `asks`.
///
/// # Errors
/// [`PipelineError`], after which no request was signed.
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
        requests.push(ask.parse(&endpoints));
        pace.step().await;
    }
    let At { value: ground, revision } =
        buckets::ground(service, reconciler, context, &project, &requests).await?;
    let mut pace = Pace::default();
    let mut verdicts = Vec::with_capacity(asks.len());
    for request in &requests {
        verdicts.push(ground.judge(request, context));
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
                let signed = approval.sign(credentials, context.now);
                Ok(SigningResponse::new(*ask, approval, signed, revision.to_string()))
            }
            (Ok(_), None) => return Err(ServiceError::NotFound(Resource::Credentials).into()),
            (Err(no), _) => Err(no),
        });
        pace.step().await;
    }
    service.audit().record(context, decisions).await.map_err(ServiceError::from)?;
    Ok(At { value: answers, revision })
}
