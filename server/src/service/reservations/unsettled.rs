//! A bucket whose creation or deletion is pending, and reports about it.

use chrono::{DateTime, Utc};
use sail_cargo_database::tables::buckets::BucketFacts;

use crate::domain::{BucketName, BucketState, ProjectId, ReservationId, SettleOutcome, limits};

/// The result of reserving a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BucketReservation {
    /// The project holds the name until this reservation is settled.
    Reserved(ReservationId),
    /// The bucket is registered to the project already.
    Registered(Unsettled),
}

/// The state of a bucket when S3 was asked about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unsettled {
    /// The project of the bucket.
    pub project: ProjectId,
    /// The name of the bucket.
    pub bucket: BucketName,
    /// The state of the bucket.
    pub state: BucketState,
    /// When its creation or deletion was last signed.
    pub since: Option<DateTime<Utc>>,
}

impl Unsettled {
    /// The state of a bucket from its row.
    pub(in crate::service) fn of(project: &ProjectId, facts: BucketFacts) -> Self {
        let BucketFacts { name: bucket, state, since, .. } = facts;
        Self { project: project.clone(), bucket, state, since }
    }

    /// Whether a signature of its creation or deletion can still be used.
    pub fn may_change(&self, now: DateTime<Utc>) -> bool {
        self.since.is_some_and(|since| now < since + limits::SIGNATURE_MAY_BE_USED)
    }
}

/// A client's report on what became of a creation or deletion.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said {
    /// The reservation id of the signature.
    pub reservation_id: ReservationId,
    /// How S3 answered, according to the client.
    pub outcome: SettleOutcome,
}

impl Said {
    /// Whether the report needs proof for a bucket in this state, because it would free or take a
    /// name. A failed deletion does neither.
    pub fn is_to_be_proved(&self, state: BucketState) -> bool {
        match state {
            BucketState::Active => false,
            BucketState::Claimed => true,
            BucketState::Deleting => self.outcome == SettleOutcome::Done,
        }
    }
}

/// What S3 said about a bucket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Found {
    /// The account has the bucket.
    Present,
    /// The bucket does not exist, or another account has it.
    Absent,
}
