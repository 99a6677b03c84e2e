//! The signing pipeline's view of buckets in S3: reserves names before a creation or deletion is
//! signed, and inspects buckets with reservations that no client settled.

use sail_cargo_protocol::BucketState;

use crate::domain::caller::Scope;
use crate::domain::pipeline::{Approval, ParsedRequest, SigningError};
use crate::domain::s3::{Operation, S3Request};
use crate::domain::{
    At, Authority, BucketName, Conflict, Context, Denied, GatewayContract, GatewaySettings,
    Holdings, ProjectId, ReservationId, holdings,
};
use crate::service::bucket_lifecycle::{ReconcileError, Reconciler};
use crate::service::error::ServiceError;
use crate::service::handle::Service;
use crate::service::reservations::{BucketReservation, Unsettled};

/// The facts that a batch of requests is judged by.
pub(super) struct Ground {
    /// The rules and grants, at one revision.
    authority: Authority,
    /// Claimed buckets whose state the storage does not show.
    unknown: Vec<BucketName>,
}

impl Ground {
    /// For requests that the gateway sends to the storage itself.
    pub(super) fn behind_gateway(self) -> Self {
        Self { authority: self.authority.behind_gateway(), ..self }
    }

    /// The revision that was read.
    pub(super) fn revision(&self) -> i64 {
        self.authority.revision
    }

    /// What the project says of the gateway.
    pub(super) fn gateway_settings(&self) -> GatewaySettings {
        self.authority.project.at_gateway
    }

    /// Whether the project is active.
    pub(super) fn is_active(&self) -> bool {
        self.authority.project.active
    }

    /// What the storage does with what only the gateway sends.
    pub(super) fn at_gateway(&self) -> GatewayContract {
        self.authority.project.storage.at_gateway
    }

    /// Whether the bucket is the project's.
    pub(super) fn has(&self, bucket: &BucketName) -> bool {
        self.authority.buckets.contains_key(bucket)
    }

    /// What the caller holds in `bucket`.
    pub(super) fn holdings(&self, context: &Context, bucket: &BucketName) -> Holdings {
        holdings::holdings(&self.authority, &context.caller, bucket, context.now)
    }

    /// Judges one request. A request that did not parse keeps its error.
    pub(super) fn judge<'a>(
        &self,
        request: &'a Result<ParsedRequest, SigningError>,
        context: &Context,
    ) -> Result<Approval<'a>, SigningError> {
        let request = request.as_ref().map_err(Clone::clone)?;
        let verdict = request.judge(&context.caller, &self.authority, context.now);
        verdict.map_err(|refusal| self.reason(refusal))
    }

    /// The refusal with its known reason: while the state of a claimed bucket is unknown, it is
    /// `Unsettled` and not `ForeignBucket`.
    fn reason(&self, refusal: SigningError) -> SigningError {
        match refusal {
            SigningError::Denied(Denied::ForeignBucket(bucket))
                if self.unknown.contains(&bucket) =>
            {
                Denied::Unsettled(bucket).into()
            }
            other => other,
        }
    }
}

/// Reads the facts that the requests are judged by. First inspects buckets that the application
/// uses and that have unsettled reservations, where that is due.
pub(super) async fn ground(
    service: &Service,
    reconciler: &Reconciler,
    context: &Context,
    project: &ProjectId,
    requests: &[Result<ParsedRequest, SigningError>],
) -> Result<At<Ground>, ServiceError> {
    let mut buckets: Vec<BucketName> =
        understood(requests).flat_map(S3Request::buckets).cloned().collect();
    buckets.sort_unstable();
    buckets.dedup();
    let read = service.authority_and_unsettled(project.clone(), context, buckets.clone()).await?;
    let looked_for = read.value.1.iter().filter(|unsettled| is_due(unsettled, context, requests));
    let looked_for: Vec<_> = looked_for.cloned().collect();
    if looked_for.is_empty() {
        return Ok(read.map(|(authority, _)| Ground { authority, unknown: Vec::new() }));
    }
    // Boxed, because an inspection is rare and would enlarge the future of every request.
    let unknown = Box::pin(reconciler.inspect_all(service, looked_for, context)).await?;
    let again = service.authority_and_unsettled(project.clone(), context, buckets).await?;
    Ok(again.map(|(authority, _)| Ground { authority, unknown }))
}

fn understood(
    requests: &[Result<ParsedRequest, SigningError>],
) -> impl Iterator<Item = &S3Request> {
    requests.iter().flatten().map(ParsedRequest::request)
}

/// Whether to inspect a bucket before the requests are judged. Only for the application.
///
/// A claimed bucket is inspected for every operation but CreateBucket, which reserves the name once
/// more. A bucket that is being deleted is inspected when its last signature can no longer be used.
fn is_due(
    unsettled: &Unsettled,
    context: &Context,
    requests: &[Result<ParsedRequest, SigningError>],
) -> bool {
    if !context.caller.is_application() || !context.caller.has_scope(Scope::Sign) {
        return false;
    }
    match unsettled.state {
        BucketState::Active => false,
        BucketState::Deleting => !unsettled.may_change(context.now),
        BucketState::Claimed => understood(requests)
            .filter(|request| request.operation() != Operation::CreateBucket)
            .any(|request| request.buckets().any(|bucket| *bucket == unsettled.bucket)),
    }
}

/// Reserves the names of buckets before their creation or deletion is signed. A verdict whose name
/// cannot be had becomes a refusal.
pub(super) async fn reserve(
    service: &Service,
    reconciler: &Reconciler,
    context: &Context,
    project: &ProjectId,
    verdicts: &mut [Result<Approval<'_>, SigningError>],
) -> Result<(), ServiceError> {
    for verdict in verdicts {
        let Ok(approval) = verdict else { continue };
        let request = approval.request();
        let Some(bucket) = request.target().bucket() else { continue };
        let claimed = match request.operation() {
            Operation::CreateBucket => {
                Box::pin(create(service, reconciler, context, project, bucket)).await?
            }
            Operation::DeleteBucket => Box::pin(delete(service, context, project, bucket)).await?,
            _ => continue,
        };
        match claimed {
            Ok(None) => {}
            Ok(Some(reservation_id)) => approval.reserve(reservation_id),
            Err(denied) => *verdict = Err(denied.into()),
        }
    }
    Ok(())
}

/// The reservation id; `None` for a registered bucket, whose creation needs no settlement. Or why
/// it is denied.
type Claimed = Result<Option<ReservationId>, Denied>;

async fn delete(
    service: &Service,
    context: &Context,
    project: &ProjectId,
    bucket: &BucketName,
) -> Result<Claimed, ServiceError> {
    match service.close_bucket(project.clone(), bucket.clone(), context.clone()).await {
        Ok(reservation_id) => Ok(Ok(Some(reservation_id))),
        Err(ServiceError::NotFound(_)) => Ok(Err(Denied::ForeignBucket(bucket.clone()))),
        Err(ServiceError::Conflict(_)) => Ok(Err(Denied::Unsettled(bucket.clone()))),
        Err(other) => Err(other),
    }
}

async fn create(
    service: &Service,
    reconciler: &Reconciler,
    context: &Context,
    project: &ProjectId,
    bucket: &BucketName,
) -> Result<Claimed, ServiceError> {
    // If another reservation is in the way, the bucket is inspected once, and the name is tried
    // once more.
    for may_look in [true, false] {
        let reservation =
            service.reserve_bucket(project.clone(), bucket.clone(), context.clone()).await;
        let in_the_way = match reservation {
            Ok(BucketReservation::Reserved(reservation_id)) => return Ok(Ok(Some(reservation_id))),
            // The application may register a bucket before it creates the bucket in S3.
            Ok(BucketReservation::Registered(there)) if there.state == BucketState::Active => {
                return Ok(Ok(None));
            }
            Ok(BucketReservation::Registered(deleting)) => deleting,
            Err(ServiceError::Conflict(Conflict::BucketUnsettled)) => break,
            Err(ServiceError::Conflict(conflict)) => {
                return refusal(conflict, bucket).map(Err).map_err(Into::into);
            }
            Err(other) => return Err(other),
        };
        if !may_look {
            break;
        }
        match reconciler.inspect_and_note(service, in_the_way, context).await {
            Ok((_, now)) if now.value.is_none() => {}
            Ok(_) => break,
            Err(ReconcileError::Service(error)) => return Err(error),
            Err(error) => {
                log::warn!("the state of bucket {bucket} is not known: {error}");
                break;
            }
        }
    }
    Ok(Err(Denied::Unsettled(bucket.clone())))
}

/// Why the creation of a bucket is not signed. A conflict that is not about the name is returned as
/// it is.
fn refusal(conflict: Conflict, bucket: &BucketName) -> Result<Denied, Conflict> {
    match conflict {
        Conflict::BucketNotShown { .. } => Ok(Denied::BucketTwin(bucket.clone())),
        Conflict::AccountShared | Conflict::BucketTaken(_) | Conflict::BucketGivenUp(_) => {
            Ok(Denied::ForeignBucket(bucket.clone()))
        }
        other => Err(other),
    }
}
