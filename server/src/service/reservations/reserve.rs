//! Reserves the names of buckets, and settles reservations.

use std::collections::BTreeSet;

use sail_cargo_database::tables::buckets;

use super::pending::{find_state, unsettled};
use super::transitions::{close, reserve, settle, was_found};
use super::unsettled::{BucketReservation, Found, Said, Unsettled};
use crate::domain::{At, BucketName, BucketState, Context, ProjectId, ReservationId, Resource};
use crate::service::buckets::taken;
use crate::service::error::ServiceError;
use crate::service::handle::Service;
use crate::service::mutation::mutate;

impl Service {
    /// Reserves a name for a bucket whose creation is about to be signed.
    ///
    /// # Errors
    /// [`ServiceError::Conflict`] if another project of the store has the name, only operators may
    /// register it, or too many reservations are pending.
    pub async fn reserve_bucket(
        &self,
        project: ProjectId,
        name: BucketName,
        context: Context,
    ) -> Result<BucketReservation, ServiceError> {
        self.change(move |session| {
            let reserved = mutate(session, &project, &context, |connection, revision| {
                reserve(connection, &project, &name, &context, revision)
            });
            reserved.map(|at| at.value).map_err(|error| taken(error, &name))
        })
        .await
    }

    /// Records that the deletion of a bucket is about to be signed, and returns the reservation id.
    ///
    /// # Errors
    /// [`ServiceError::NotFound`] if the project has no such bucket; [`ServiceError::Conflict`] if
    /// too many reservations are pending.
    pub async fn close_bucket(
        &self,
        project: ProjectId,
        name: BucketName,
        context: Context,
    ) -> Result<ReservationId, ServiceError> {
        self.change(move |session| {
            let closed = mutate(session, &project, &context, |connection, _| {
                close(connection, &project, &name, context.now)
            })?;
            Ok(closed.value)
        })
        .await
    }

    /// The state of a bucket if this reservation id of it is pending; `None` otherwise.
    ///
    /// # Errors
    /// [`ServiceError::Database`] if the database does not answer.
    pub async fn bucket_of_reservation(
        &self,
        project: ProjectId,
        name: BucketName,
        reservation_id: ReservationId,
        context: Context,
    ) -> Result<Option<Unsettled>, ServiceError> {
        let read = self.read(project.clone(), context.at_least, move |connection, _| {
            let state = find_state(connection, &project, &name)?;
            let open =
                state.filter(|(_, pending)| pending.reservation_ids.contains(&reservation_id));
            Ok(open.map(|(bucket, pending)| unsettled(&project, &bucket, &pending)))
        });
        Ok(read.await?.value)
    }

    /// Records a client's report on how S3 answered a creation or deletion.
    ///
    /// `looked` is the bucket's state when it was inspected, and what S3 said then; it counts only
    /// if the state is still the same. A report that frees a name counts only if `looked` confirms
    /// it. A report that takes a name counts unless `looked` contradicts it. A reservation id that
    /// is not pending changes nothing.
    ///
    /// # Errors
    /// [`ServiceError::Database`] if the database does not answer.
    pub async fn settle_bucket(
        &self,
        project: ProjectId,
        name: BucketName,
        said: Said,
        looked: Option<(Unsettled, Found)>,
        context: Context,
    ) -> Result<At<Option<BucketState>>, ServiceError> {
        self.change(move |session| {
            mutate(session, &project, &context, |connection, _| {
                settle(connection, &project, &name, &said, looked.as_ref())
            })
        })
        .await
    }

    /// Records what S3 said about a bucket in the state `seen`. It is ignored if the state has
    /// changed since.
    ///
    /// # Errors
    /// [`ServiceError::Database`] if the database does not answer.
    pub async fn bucket_was_found(
        &self,
        seen: Unsettled,
        found: Found,
        context: Context,
    ) -> Result<At<Option<BucketState>>, ServiceError> {
        self.change(move |session| {
            mutate(session, &seen.project, &context, |connection, _| {
                was_found(connection, &seen, found, context.now)
            })
        })
        .await
    }

    /// The buckets among `names` whose creation was signed and is not settled.
    ///
    /// # Errors
    /// [`ServiceError::Database`] if the database does not answer.
    pub async fn claimed_buckets(
        &self,
        project: ProjectId,
        names: BTreeSet<BucketName>,
    ) -> Result<Vec<Unsettled>, ServiceError> {
        let read = self.read(project.clone(), None, move |connection, _| {
            let claimed = buckets::claimed(connection, &project)?.into_iter();
            let claimed = claimed.filter(|facts| names.contains(&facts.name));
            Ok(claimed.map(|facts| Unsettled::of(&project, facts)).collect())
        });
        Ok(read.await?.value)
    }

    /// The state of a bucket.
    ///
    /// # Errors
    /// [`ServiceError::NotFound`] if the project has no such bucket.
    pub async fn bucket_state(
        &self,
        project: ProjectId,
        name: BucketName,
        context: Context,
    ) -> Result<At<Unsettled>, ServiceError> {
        self.read(project.clone(), context.at_least, move |connection, _| {
            let (bucket, pending) = find_state(connection, &project, &name)?
                .ok_or(ServiceError::NotFound(Resource::Bucket))?;
            Ok(unsettled(&project, &bucket, &pending))
        })
        .await
    }
}
