//! Where the signing pipeline must know how a bucket stands in S3: before its creation and its deletion are
//! signed, and when nobody said how S3 answered one before.

use sail_cargo_protocol::BucketState;

use crate::domain::caller::Scope;
use crate::domain::pipeline::{Approval, ParsedRequest, SigningError};
use crate::domain::s3::{Operation, S3Request};
use crate::domain::{
    At, Authority, BucketName, Caller, Conflict, Context, Denied, ProjectId, ReservationId,
};
use crate::service::bucket_lifecycle::{ReconcileError, Reconciler};
use crate::service::error::ServiceError;
use crate::service::handle::Service;
use crate::service::reservations::{BucketReservation, Unsettled};

/// What the requests are judged by.
pub(super) struct Ground {
    /// Everything that bears on them, read at one revision.
    authority: Authority,
    /// Buckets that were claimed, and of which the storage does not say whether they are there.
    unknown: Vec<BucketName>,
}

impl Ground {
    /// Judges one request, which may not have been understood.
    pub(super) fn judge<'a>(
        &self,
        request: &'a Result<ParsedRequest, SigningError>,
        context: &Context,
    ) -> Result<Approval<'a>, SigningError> {
        let request = request.as_ref().map_err(Clone::clone)?;
        let verdict = request.judge(&context.caller, &self.authority, context.now);
        verdict.map_err(|refusal| self.reason(refusal))
    }

    /// A refusal, with the reason that is known: that a bucket is not the project's is not, while
    /// nobody can say whether it was created.
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

/// Reads what the requests are judged by. When the application uses a bucket that nobody settled,
/// it is looked for first.
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
    // What is rarely needed has no room in the future of every request.
    let unknown = Box::pin(reconciler.inspect_all(service, looked_for, context)).await?;
    let again = service.authority_and_unsettled(project.clone(), context, buckets).await?;
    Ok(again.map(|(authority, _)| Ground { authority, unknown }))
}

fn understood(
    requests: &[Result<ParsedRequest, SigningError>],
) -> impl Iterator<Item = &S3Request> {
    requests.iter().flatten().map(ParsedRequest::request)
}

/// Whether to look for a bucket before the requests are judged. One that is claimed is none yet
/// for anything but its creation, which is claimed once more; one that is being deleted stands
/// until the signature can be used no more.
fn is_due(
    unsettled: &Unsettled,
    context: &Context,
    requests: &[Result<ParsedRequest, SigningError>],
) -> bool {
    if !matches!(context.caller, Caller::Root(_)) || !context.caller.has_scope(Scope::Sign) {
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

/// Takes a bucket's name for the project before its creation is signed, and notes its deletion
/// before that is.
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

/// A reservation id; none for a bucket that is registered, whose creation settles nothing.
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
    // What stands in the way is looked for once, and the name asked for once more.
    for may_look in [true, false] {
        let reservation =
            service.reserve_bucket(project.clone(), bucket.clone(), context.clone()).await;
        let in_the_way = match reservation {
            Ok(BucketReservation::Reserved(reservation_id)) => return Ok(Ok(Some(reservation_id))),
            // The application may have registered it before it is there.
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

/// Why the creation of a bucket is not signed whose name cannot be had; the conflict itself where it
/// is about something else.
fn refusal(conflict: Conflict, bucket: &BucketName) -> Result<Denied, Conflict> {
    match conflict {
        Conflict::BucketNotShown { .. } => Ok(Denied::BucketTwin(bucket.clone())),
        Conflict::AccountShared | Conflict::BucketTaken(_) | Conflict::BucketGivenUp(_) => {
            Ok(Denied::ForeignBucket(bucket.clone()))
        }
        other => Err(other),
    }
}
