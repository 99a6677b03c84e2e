//! How buckets stand in S3: where nobody told Cargo, or should be believed, it looks itself.

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

/// What it takes to look: kept for as long as the server runs.
#[derive(Debug, Clone)]
pub struct Reconciler {
    upstream: Upstream,
    clock: Clock,
}

/// How a bucket stands after somebody said, or looked, what became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settlement {
    /// The bucket.
    pub bucket: BucketName,
    /// Its state; none when it is not registered any more.
    pub state: Option<BucketState>,
    /// What was found or done, in a sentence.
    pub detail: String,
}

impl Reconciler {
    /// Sets up what it takes: storages are reached by `upstream`.
    pub fn new(upstream: Upstream, clock: Clock) -> Self {
        Self { upstream, clock }
    }

    /// Takes note of what somebody says became of a creation or deletion, after a look where that
    /// would free a name or take it. When the storage cannot be asked, nothing is freed.
    ///
    /// # Errors
    /// The database is not available.
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
                    format!("nothing is settled yet: {unseen}")
                }
                _ => heard(outcome).to_owned(),
            };
            Settlement { bucket, state, detail }
        }))
    }

    /// Looks whether a bucket is there that is not settled, and takes note. A bucket that is
    /// active is left alone.
    ///
    /// # Errors
    /// It is not registered; see [`ReconcileError`].
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
            let detail = "nothing is under way".to_owned();
            let state = Some(seen.state);
            let settled = Settlement { bucket, state, detail };
            return Ok(At { value: settled, revision });
        }
        let before = seen.state;
        let (found, state) = self.inspect_and_note(service, seen, context).await?;
        Ok(state.map(|state| Settlement { bucket, state, detail: sentence(before, found, state) }))
    }

    /// Looks how each of `buckets` stands, takes note, and returns those of which nothing can be
    /// said. A storage that is away is not asked again.
    ///
    /// # Errors
    /// The database is not available.
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
                    log::warn!("how {bucket} stands is not known: {error}");
                    is_away = matches!(error, ReconcileError::Storage(_));
                    unknown.push(bucket);
                }
            }
        }
        Ok(unknown)
    }

    /// How the storage's own list of the project's account shows the name.
    ///
    /// # Errors
    /// The storage does not answer, or the database is not available.
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

    async fn inspect(&self, service: &Service, seen: &Unsettled) -> Result<Found, ReconcileError> {
        BucketInspector { upstream: &self.upstream, clock: &self.clock, service }
            .inspect(seen)
            .await
    }

    /// Looks whether a bucket is there, and takes note.
    ///
    /// # Errors
    /// See [`ReconcileError`].
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
        (Found::Present, _) => "it is there; its deletion may still be on its way".to_owned(),
        (Found::Absent, None) if before == BucketState::Claimed => {
            "it was not created: the name is free".to_owned()
        }
        (Found::Absent, None) => "it is gone, and its grants with it".to_owned(),
        (Found::Absent, _) => "it is not there; its creation may still be on its way".to_owned(),
    }
}
