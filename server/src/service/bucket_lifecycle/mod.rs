//! Determines the state of buckets in S3 where no report of the client settles it, or the report
//! needs proof.

mod error;
mod inspector;

use crate::clock::Clock;
use crate::domain::{At, BucketName, BucketState, Context, ProjectId, SettleOutcome};
use crate::service::buckets::Shown;
use crate::service::error::ServiceError;
use crate::service::handle::Service;
use crate::service::reservations::{Found, Said, Unsettled};
use crate::storage_client::upstream::Upstream;
pub use error::ReconcileError;
use inspector::BucketInspector;

/// Inspects buckets in S3 and records the result. One instance serves as long as the server runs.
#[derive(Debug, Clone)]
pub struct Reconciler {
    upstream: Upstream,
    clock: Clock,
}

/// The state of a bucket after a report or an inspection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settlement {
    /// The bucket.
    pub bucket: BucketName,
    /// The state; `None` if the bucket is no longer registered.
    pub state: Option<BucketState>,
    /// What was found or done, as a sentence.
    pub detail: String,
}

impl Reconciler {
    /// Sets up what it takes: storages are reached by `upstream`.
    pub fn new(upstream: Upstream, clock: Clock) -> Self {
        Self { upstream, clock }
    }

    /// Records a client's report on how S3 answered a creation or deletion. If the report would
    /// free or take a name, the bucket is inspected first. While the storage does not answer, no
    /// name is freed.
    ///
    /// # Errors
    /// [`ServiceError::Database`] if the database does not answer.
    pub async fn settle(
        &self,
        service: &Service,
        project: ProjectId,
        bucket: BucketName,
        said: Said,
        context: &Context,
    ) -> Result<At<Settlement>, ServiceError> {
        let reservation_id = said.reservation_id.clone();
        let seen = service.bucket_of_reservation(
            project.clone(),
            bucket.clone(),
            reservation_id,
            context.clone(),
        );
        let seen = seen.await?.filter(|seen| said.is_to_be_proved(seen.state));
        let before = seen.as_ref().map(|seen| seen.state);
        let looked = match &seen {
            None => None,
            Some(seen) => match self.inspect(service, seen).await {
                Err(ReconcileError::Service(error)) => return Err(error),
                other => Some(other),
            },
        };
        let found = looked.as_ref().and_then(|looked| looked.as_ref().ok().copied());
        let (outcome, proof) = (said.outcome, seen.zip(found));
        let settled =
            service.settle_bucket(project, bucket.clone(), said, proof, context.clone()).await?;
        Ok(settled.map(|state| {
            let detail = match (looked, before) {
                (Some(Ok(found)), Some(before)) => sentence(before, found, state),
                (Some(Err(unseen)), _) if state == before => {
                    format!("the state is not known yet: {unseen}")
                }
                _ => heard(outcome).to_owned(),
            };
            Settlement { bucket, state, detail }
        }))
    }

    /// Inspects a bucket whose creation or deletion is not settled, and records the result. Leaves
    /// an active bucket alone.
    ///
    /// # Errors
    /// [`ReconcileError`]: the bucket is not registered, or its state cannot be determined.
    pub async fn reconcile(
        &self,
        service: &Service,
        project: ProjectId,
        bucket: BucketName,
        context: &Context,
    ) -> Result<At<Settlement>, ReconcileError> {
        let At { value: seen, revision } =
            service.bucket_state(project, bucket.clone(), context.clone()).await?;
        if seen.state == BucketState::Active {
            let detail = "nothing is pending".to_owned();
            let state = Some(seen.state);
            let settled = Settlement { bucket, state, detail };
            return Ok(At { value: settled, revision });
        }
        let before = seen.state;
        let (found, state) = self.inspect_and_note(service, seen, context).await?;
        Ok(state.map(|state| Settlement { bucket, state, detail: sentence(before, found, state) }))
    }

    /// Inspects each of `buckets`, records the results, and returns the buckets whose state cannot
    /// be determined. After a storage fails to answer once, it is not asked again.
    ///
    /// # Errors
    /// [`ServiceError::Database`] if the database does not answer.
    pub(crate) async fn inspect_all(
        &self,
        service: &Service,
        buckets: Vec<Unsettled>,
        context: &Context,
    ) -> Result<Vec<BucketName>, ServiceError> {
        let (mut unknown, mut is_away) = (Vec::new(), false);
        for seen in buckets {
            let bucket = seen.bucket.clone();
            if is_away {
                unknown.push(bucket);
                continue;
            }
            match self.inspect_and_note(service, seen, context).await {
                Ok(_) => {}
                Err(ReconcileError::Service(error)) => return Err(error),
                Err(error) => {
                    log::warn!("the state of bucket {bucket} is not known: {error}");
                    is_away = matches!(error, ReconcileError::Storage(_));
                    unknown.push(bucket);
                }
            }
        }
        Ok(unknown)
    }

    /// How the account's own list of buckets shows the name.
    ///
    /// # Errors
    /// [`ReconcileError`]: the storage or the database does not answer.
    pub async fn shows(
        &self,
        service: &Service,
        project: &ProjectId,
        bucket: &BucketName,
    ) -> Result<Shown, ReconcileError> {
        BucketInspector { upstream: &self.upstream, clock: &self.clock, service }
            .shows(project, bucket)
            .await
    }

    /// Whether the project's account has a bucket that is registered to the project. Nothing is recorded.
    ///
    /// # Errors
    /// [`ReconcileError`]: the storage does not answer, or does not tell.
    pub(crate) async fn find(
        &self,
        service: &Service,
        project: &ProjectId,
        bucket: &BucketName,
    ) -> Result<Found, ReconcileError> {
        let (project, bucket) = (project.clone(), bucket.clone());
        let registered = Unsettled { project, bucket, state: BucketState::Active, since: None };
        self.inspect(service, &registered).await
    }

    async fn inspect(&self, service: &Service, seen: &Unsettled) -> Result<Found, ReconcileError> {
        BucketInspector { upstream: &self.upstream, clock: &self.clock, service }
            .inspect(seen)
            .await
    }

    /// Inspects a bucket in S3 and records the result.
    ///
    /// # Errors
    /// [`ReconcileError`]: the state of the bucket cannot be determined or recorded.
    pub(crate) async fn inspect_and_note(
        &self,
        service: &Service,
        seen: Unsettled,
        context: &Context,
    ) -> Result<(Found, At<Option<BucketState>>), ReconcileError> {
        let found = self.inspect(service, &seen).await?;
        let context = Context { at_least: None, ..context.clone() };
        let state = service.bucket_was_found(seen, found, context).await?;
        Ok((found, state))
    }
}

const fn heard(outcome: SettleOutcome) -> &'static str {
    match outcome {
        SettleOutcome::Done => "the storage did it",
        SettleOutcome::Refused => "the storage refused",
    }
}

fn sentence(before: BucketState, found: Found, after: Option<BucketState>) -> String {
    match (found, after) {
        (Found::Present, Some(BucketState::Active)) if before == BucketState::Claimed => {
            "it was created".to_owned()
        }
        (Found::Present, Some(BucketState::Active)) => "it was not deleted".to_owned(),
        (Found::Present, _) => "it exists; its deletion may still arrive".to_owned(),
        (Found::Absent, None) if before == BucketState::Claimed => {
            "it was not created: the name is free".to_owned()
        }
        (Found::Absent, None) => "it was deleted, and its grants too".to_owned(),
        (Found::Absent, _) => "it does not exist; its creation may still arrive".to_owned(),
    }
}
