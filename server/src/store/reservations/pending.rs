//! The reservation ids of a bucket, in its row.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use sail_cargo_protocol::BucketState;

use super::Unsettled;
use crate::domain::limits;
use crate::domain::{BucketName, ProjectId};
use crate::store::buckets::{self, Bucket};
use crate::store::connection::DbConnection;
use crate::store::error::StoreError;
use crate::store::rows::{json, maybe_instant, micros, to_json};
use crate::store::schema::bucket as dsl;

/// The open reservation ids of a bucket, and when the last one was given out.
#[derive(Debug, Default)]
pub(super) struct PendingSignatures {
    pub(super) reservation_ids: Vec<String>,
    pub(super) since: Option<DateTime<Utc>>,
}

impl PendingSignatures {
    pub(super) fn unsettled(&self, project: &ProjectId, bucket: &Bucket) -> Unsettled {
        Unsettled {
            project: project.clone(),
            bucket: bucket.name.clone(),
            state: bucket.state,
            since: self.since,
        }
    }

    /// One more reservation id.
    pub(super) fn reserve(&mut self, now: DateTime<Utc>) -> Result<String, StoreError> {
        if self.reservation_ids.len() == limits::MAX_UNSETTLED {
            return Err(StoreError::Conflict {
                code: "bucket_unsettled",
                detail: "too many creations or deletions of this bucket are not settled: \
                         `sail-cargo buckets reconcile` looks how it stands"
                    .to_owned(),
            });
        }
        let reservation_id = uuid::Uuid::new_v4().to_string();
        self.reservation_ids.push(reservation_id.clone());
        self.since = Some(now);
        Ok(reservation_id)
    }
}

pub(super) fn find_state(
    connection: &mut DbConnection,
    project: &ProjectId,
    name: &BucketName,
) -> Result<Option<(Bucket, PendingSignatures)>, StoreError> {
    let Some(bucket) = buckets::find(connection, project, name)? else { return Ok(None) };
    let (claim, since): (Option<String>, Option<i64>) = dsl::table
        .find((project.as_str(), name.as_str()))
        .select((dsl::claim, dsl::claimed_at))
        .first(connection)?;
    let reservation_ids = claim.map(|claim| json(&claim)).transpose()?.unwrap_or_default();
    Ok(Some((bucket, PendingSignatures { reservation_ids, since: maybe_instant(since)? })))
}

/// The buckets whose creation was signed and is not settled.
pub(super) fn claimed(
    connection: &mut DbConnection,
    project: &ProjectId,
) -> Result<Vec<Unsettled>, StoreError> {
    let rows: Vec<(String, Option<i64>)> = dsl::table
        .filter(dsl::project_id.eq(project.as_str()))
        .filter(dsl::state.eq(buckets::state_word(BucketState::Claimed)))
        .select((dsl::name, dsl::claimed_at))
        .load(connection)?;
    let claimed = rows.into_iter().map(|(name, since)| {
        Ok(Unsettled {
            project: project.clone(),
            bucket: BucketName::stored(&name).map_err(StoreError::corrupt)?,
            state: BucketState::Claimed,
            since: maybe_instant(since)?,
        })
    });
    claimed.collect()
}

pub(super) fn keep(
    connection: &mut DbConnection,
    project: &ProjectId,
    name: &BucketName,
    pending: &PendingSignatures,
) -> Result<(), StoreError> {
    let reservation_ids = &pending.reservation_ids;
    let claim = (!reservation_ids.is_empty()).then(|| to_json(reservation_ids)).transpose()?;
    diesel::update(dsl::table.find((project.as_str(), name.as_str())))
        .set((dsl::claim.eq(claim), dsl::claimed_at.eq(pending.since.map(micros))))
        .execute(connection)?;
    Ok(())
}
