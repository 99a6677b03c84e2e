//! The pending reservations of a bucket.

use chrono::{DateTime, Utc};
use sail_cargo_database::DbConnection;
use sail_cargo_database::tables::buckets::{self, PendingSignatures};

use super::unsettled::Unsettled;
use crate::domain::{Bucket, BucketName, Conflict, ProjectId, ReservationId, limits};
use crate::service::error::ServiceError;

/// A bucket and its pending reservations; `None` if it is not registered.
pub(super) fn find_state(
    connection: &mut DbConnection,
    project: &ProjectId,
    name: &BucketName,
) -> Result<Option<(Bucket, PendingSignatures)>, ServiceError> {
    let Some(bucket) = buckets::find(connection, project, name)? else { return Ok(None) };
    Ok(Some((bucket, buckets::find_pending(connection, project, name)?)))
}

/// The state of a bucket, for an inspection.
pub(super) fn unsettled(
    project: &ProjectId,
    bucket: &Bucket,
    pending: &PendingSignatures,
) -> Unsettled {
    Unsettled {
        project: project.clone(),
        bucket: bucket.name.clone(),
        state: bucket.state,
        since: pending.since,
    }
}

/// Adds a reservation, and returns its id.
pub(super) fn reserve_one(
    pending: &mut PendingSignatures,
    now: DateTime<Utc>,
) -> Result<ReservationId, ServiceError> {
    if pending.reservation_ids.len() == limits::MAX_UNSETTLED {
        return Err(Conflict::BucketUnsettled.into());
    }
    let reservation_id = ReservationId::new(uuid::Uuid::new_v4().to_string());
    pending.reservation_ids.push(reservation_id.clone());
    pending.since = Some(now);
    Ok(reservation_id)
}
