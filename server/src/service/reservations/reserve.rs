//! Reserving the names of buckets, and settling what became of them.

use std::collections::BTreeSet;

use sail_cargo_database::tables::buckets;

use super::pending::{find_state, unsettled};
use super::transitions::{close, reserve, settle, was_found};
use super::unsettled::{BucketReservation, Found, Said, Unsettled};
use crate::domain::{At, BucketName, BucketState, Context, ProjectId, ReservationId};
use crate::service::buckets::taken;
use crate::service::error::ServiceError;
use crate::service::handle::Service;
use crate::service::mutation::mutate;

impl Service {
    /// Takes a name for a bucket whose creation is about to be signed.
    ///
    /// # Errors
    /// It belongs to another project of the same store, or only operators may register it.
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

    /// Notes that the deletion of a bucket is about to be signed, and hands out the reservation id.
    ///
    /// # Errors
    /// It is not registered.
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

    /// A bucket of the project as it stands, if this reservation id of it is open.
    ///
    /// # Errors
    /// The database is not available.
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

    /// Takes note of how S3 is said to have answered a creation or deletion. What would free a
    /// name counts if `looked`, which is the bucket as it stood and what S3 said of it then, bears
    /// it out; what would take it, unless that says otherwise. A reservation id that is not open changes
    /// nothing.
    ///
    /// # Errors
    /// The database is not available.
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

    /// Takes note of what S3 said about a bucket that stood as `seen` when it was asked. If it
    /// stands otherwise now, that says nothing.
    ///
    /// # Errors
    /// The database is not available.
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

    /// Those of `names` whose creation was signed and is not settled.
    ///
    /// # Errors
    /// The database is not available.
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

    /// A bucket of the project as it stands.
    ///
    /// # Errors
    /// It is not registered.
    pub async fn bucket_state(
        &self,
        project: ProjectId,
        name: BucketName,
        context: Context,
    ) -> Result<At<Unsettled>, ServiceError> {
        self.read(project.clone(), context.at_least, move |connection, _| {
            let (bucket, pending) =
                find_state(connection, &project, &name)?.ok_or(ServiceError::NotFound("bucket"))?;
            Ok(unsettled(&project, &bucket, &pending))
        })
        .await
    }
}
