//! The one path a signature can take. Every `.await` is I/O, or lets others in; everything else is pure,
//! and is [`crate::domain::pipeline`].
//!
//! It is walked by any number of requests at once: they are judged one by one, against one
//! reading of the grants, and recorded in one write before anybody hears of a verdict. Between two
//! of them, other requests have their turn.

mod buckets;
mod error;
mod forwarding;
mod record;

use std::sync::Arc;

pub use error::PipelineError;
pub use forwarding::{Judge, Outgoing, Read};

use crate::domain::pipeline::{Approval, SigningError, SigningRequest, SigningResponse};
use crate::domain::sigv4::StoreCredentials;
use crate::domain::{At, Context, ProjectId, Resource};
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

/// The keys, if there is anything to sign: which takes a proof.
async fn credentials(
    service: &Service,
    project: &ProjectId,
    verdicts: &[Result<Approval<'_>, SigningError>],
) -> Result<Option<Arc<StoreCredentials>>, ServiceError> {
    match verdicts.iter().flatten().next() {
        Some(approval) => service.credentials(project.clone(), approval.approved()).await.map(Some),
        None => Ok(None),
    }
}
