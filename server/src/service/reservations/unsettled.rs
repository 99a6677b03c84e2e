//! A bucket whose creation or deletion is under way, and what is said of it.

use chrono::{DateTime, Utc};
use sail_cargo_database::tables::buckets::BucketFacts;

use crate::domain::{BucketName, BucketState, ProjectId, ReservationId, SettleOutcome, limits};

/// What became of a claim on a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BucketReservation {
    /// The name is the project's, until this reservation id is settled.
    Reserved(ReservationId),
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
    /// What is known of a bucket of the project.
    pub(in crate::service) fn of(project: &ProjectId, facts: BucketFacts) -> Self {
        let BucketFacts { name: bucket, state, since, .. } = facts;
        Self { project: project.clone(), bucket, state, since }
    }

    /// Whether a signature may still be on its way to S3.
    pub fn may_change(&self, now: DateTime<Utc>) -> bool {
        self.since.is_some_and(|since| now < since + limits::SIGNATURE_MAY_BE_USED)
    }
}

/// What somebody says became of a creation or deletion.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said {
    /// The reservation id of its signature.
    pub reservation_id: ReservationId,
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
