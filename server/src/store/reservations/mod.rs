//! Buckets whose creation or deletion was signed, until S3's answer is known.
//!
//! The name is taken before CreateBucket is signed and kept until DeleteBucket is confirmed, so
//! that there is no moment in which another project of the store could take it. Every signature
//! has a reservation id of its own: only when S3 is known to have refused the last of them is a claim
//! given up. Whoever holds a reservation id says how S3 answered; whether that frees a name S3 is asked,
//! and nobody believed.

mod pending;
mod transitions;

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use sail_cargo_protocol::{BucketState, SettleOutcome};

use super::Database;
use super::buckets;
use super::error::StoreError;
use super::write::mutate;
use crate::domain::{At, BucketName, Context, ProjectId, limits};
use pending::find_state;
use transitions::{close, reserve, settle, was_found};

/// What became of a claim on a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BucketReservation {
    /// The name is the project's, until this reservation id is settled.
    Reserved(String),
    /// The bucket is registered to the project.
    Registered(Unsettled),
}

/// A bucket as it stood when S3 was asked about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unsettled {
    /// Whose it is.
    pub project: ProjectId,
    /// Its name.
    pub bucket: BucketName,
    /// Where it stood.
    pub state: BucketState,
    /// When its creation or deletion was last signed.
    pub since: Option<DateTime<Utc>>,
}

impl Unsettled {
    /// Whether a signature may still be on its way to S3.
    pub fn may_change(&self, now: DateTime<Utc>) -> bool {
        self.since.is_some_and(|since| now < since + limits::SIGNATURE_MAY_BE_USED)
    }
}

/// What somebody says became of a creation or deletion.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said {
    /// The reservation id of its signature.
    pub reservation_id: String,
    /// How S3 is said to have answered.
    pub outcome: SettleOutcome,
}

impl Said {
    /// Whether this, said of a bucket that stands so, would free a name or take it. It would not
    /// where a deletion failed: the bucket stays whose it is.
    pub fn is_to_be_proved(&self, state: BucketState) -> bool {
        match state {
            BucketState::Active => false,
            BucketState::Claimed => true,
            BucketState::Deleting => self.outcome == SettleOutcome::Done,
        }
    }
}

/// What S3 said when it was asked about a bucket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Found {
    /// It is there, and the account's.
    Present,
    /// It is not there, or is somebody else's.
    Absent,
}

impl Database {
    /// Takes a name for a bucket whose creation is about to be signed.
    ///
    /// # Errors
    /// It belongs to another project of the same store, or only operators may register it.
    pub async fn reserve_bucket(
        &self,
        project: ProjectId,
        name: BucketName,
        context: Context,
    ) -> Result<BucketReservation, StoreError> {
        self.change(move |session| {
            let reserved = mutate(session, &project, &context, |connection, revision| {
                reserve(connection, &project, &name, &context, revision)
            });
            reserved.map(|at| at.value).map_err(|error| buckets::taken(error, &name))
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
    ) -> Result<String, StoreError> {
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
        reservation_id: String,
        context: Context,
    ) -> Result<Option<Unsettled>, StoreError> {
        let read = self.read(project.clone(), context.at_least, move |connection, _| {
            let state = find_state(connection, &project, &name)?;
            let open =
                state.filter(|(_, pending)| pending.reservation_ids.contains(&reservation_id));
            Ok(open.map(|(bucket, pending)| pending.unsettled(&project, &bucket)))
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
    ) -> Result<At<Option<BucketState>>, StoreError> {
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
    ) -> Result<At<Option<BucketState>>, StoreError> {
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
    ) -> Result<Vec<Unsettled>, StoreError> {
        let read = self.read(project.clone(), None, move |connection, _| {
            let claimed = pending::claimed(connection, &project)?.into_iter();
            let claimed = claimed.filter(|claimed| names.contains(&claimed.bucket));
            Ok(claimed.collect())
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
    ) -> Result<At<Unsettled>, StoreError> {
        self.read(project.clone(), context.at_least, move |connection, _| {
            let (bucket, pending) =
                find_state(connection, &project, &name)?.ok_or(StoreError::NotFound("bucket"))?;
            Ok(pending.unsettled(&project, &bucket))
        })
        .await
    }
}
