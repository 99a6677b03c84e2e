//! The transitions between the states of a bucket, inside a transaction.

use chrono::{DateTime, Utc};
use sail_cargo_database::DbConnection;
use sail_cargo_database::change_log::{LoggedRow, Sides};
use sail_cargo_database::tables::buckets::{self, PendingSignatures, keep_pending};

use super::pending::{find_state, reserve_one, unsettled};
use super::unsettled::{BucketReservation, Found, Said, Unsettled};
use crate::domain::{
    Bucket, BucketName, BucketRules, BucketState, Context, Permissions, ProjectId, ReservationId,
    Resource, SettleOutcome,
};
use crate::service::buckets::{Shown, demand_own_account, demand_plain_name, register, remove};
use crate::service::ceilings;
use crate::service::error::ServiceError;
use crate::service::mutation::{Change, MutationOutcome};

pub(super) fn reserve(
    connection: &mut DbConnection,
    project: &ProjectId,
    name: &BucketName,
    context: &Context,
    revision: i64,
) -> Result<MutationOutcome<BucketReservation>, ServiceError> {
    match find_state(connection, project, name)? {
        Some((Bucket { state: BucketState::Claimed, .. }, mut pending)) => {
            let reservation_id = reserve_one(&mut pending, context.now)?;
            keep_pending(connection, project, name, &pending)?;
            Ok(MutationOutcome::Unchanged(BucketReservation::Reserved(reservation_id)))
        }
        Some((bucket, pending)) => Ok(MutationOutcome::Unchanged(BucketReservation::Registered(
            unsettled(project, &bucket, &pending),
        ))),
        None => {
            demand_own_account(connection, project, context)?;
            demand_plain_name(connection, project, name, Shown::No)?;
            let ceiling = ceilings::kept(connection, project, name)?;
            let bucket = Bucket {
                name: name.clone(),
                rules: BucketRules { public: Permissions::NONE, ceiling },
                labels: std::collections::BTreeMap::new(),
                state: BucketState::Claimed,
                created_revision: revision,
            };
            register(connection, project, &bucket, ceiling, false)?;
            let mut pending = PendingSignatures::default();
            let reservation_id = reserve_one(&mut pending, context.now)?;
            keep_pending(connection, project, name, &pending)?;
            let detail = format!("claimed bucket {name}, whose creation is signed");
            let change = transition("bucket.claim", detail, None, Some(&bucket));
            Ok(MutationOutcome::Changed(BucketReservation::Reserved(reservation_id), change))
        }
    }
}

pub(super) fn close(
    connection: &mut DbConnection,
    project: &ProjectId,
    name: &BucketName,
    now: DateTime<Utc>,
) -> Result<MutationOutcome<ReservationId>, ServiceError> {
    let (before, mut pending) =
        find_state(connection, project, name)?.ok_or(ServiceError::NotFound(Resource::Bucket))?;
    let reservation_id = reserve_one(&mut pending, now)?;
    let after = Bucket { state: BucketState::Deleting, ..before.clone() };
    if before.state != BucketState::Deleting {
        buckets::update(connection, project, &after)?;
    }
    keep_pending(connection, project, name, &pending)?;
    if before.state == BucketState::Deleting {
        return Ok(MutationOutcome::Unchanged(reservation_id));
    }
    let detail = format!("bucket {name} is being deleted: its deletion is signed");
    let change = transition("bucket.close", detail, Some(&before), Some(&after));
    Ok(MutationOutcome::Changed(reservation_id, change))
}

pub(super) fn settle(
    connection: &mut DbConnection,
    project: &ProjectId,
    name: &BucketName,
    said: &Said,
    looked: Option<&(Unsettled, Found)>,
) -> Result<MutationOutcome<Option<BucketState>>, ServiceError> {
    use BucketState::{Active, Claimed, Deleting};
    use SettleOutcome::{Done, Refused};
    let Some((bucket, mut pending)) = find_state(connection, project, name)? else {
        return Ok(MutationOutcome::Unchanged(None));
    };
    let open = pending.reservation_ids.len();
    pending.reservation_ids.retain(|open| *open != said.reservation_id);
    if pending.reservation_ids.len() == open {
        return Ok(MutationOutcome::Unchanged(Some(bucket.state)));
    }
    let as_seen = |seen: &Unsettled| seen.state == bucket.state && seen.since == pending.since;
    let found = looked.filter(|(seen, _)| as_seen(seen)).map(|(_, found)| *found);
    match (bucket.state, said.outcome, found) {
        (Deleting, Done, Some(Found::Absent)) => absent(connection, project, &bucket),
        // The project holds the name already and could register the bucket itself, so its word
        // suffices. A bucket that the account has is there, whatever becomes of other signatures.
        (Claimed, Done, Some(Found::Present) | None) | (Claimed, Refused, Some(Found::Present)) => {
            present(connection, project, &bucket)
        }
        // No inspection confirms the report, or one contradicts it: the reservation stays pending.
        (Deleting, Done, None) | (Claimed, Done, Some(Found::Absent)) => {
            Ok(MutationOutcome::Unchanged(Some(bucket.state)))
        }
        // An active bucket stays active, and other reservations may still succeed: only this one is
        // removed.
        (state, ..) if state == Active || !pending.reservation_ids.is_empty() => {
            keep_pending(connection, project, name, &pending)?;
            Ok(MutationOutcome::Unchanged(Some(state)))
        }
        (Claimed, Refused, None) => Ok(MutationOutcome::Unchanged(Some(bucket.state))),
        (Claimed, Refused, Some(Found::Absent)) => absent(connection, project, &bucket),
        (Active | Deleting, _, _) => present(connection, project, &bucket),
    }
}

pub(super) fn was_found(
    connection: &mut DbConnection,
    seen: &Unsettled,
    found: Found,
    now: DateTime<Utc>,
) -> Result<MutationOutcome<Option<BucketState>>, ServiceError> {
    let Unsettled { project, bucket: name, state, since } = seen;
    let Some((bucket, pending)) = find_state(connection, project, name)? else {
        return Ok(MutationOutcome::Unchanged(None));
    };
    let stands_otherwise = bucket.state != *state || pending.since != *since;
    // While a signature can still be used, an absent bucket may yet be created, and a present one
    // may yet be deleted. So these two findings count only later.
    let may_change = seen.may_change(now);
    match (bucket.state, found) {
        _ if stands_otherwise => Ok(MutationOutcome::Unchanged(Some(bucket.state))),
        (BucketState::Claimed, Found::Present) => present(connection, project, &bucket),
        (BucketState::Deleting, Found::Present) if !may_change => {
            present(connection, project, &bucket)
        }
        (BucketState::Deleting, Found::Absent) => absent(connection, project, &bucket),
        (BucketState::Claimed, Found::Absent) if !may_change => {
            absent(connection, project, &bucket)
        }
        _ => Ok(MutationOutcome::Unchanged(Some(bucket.state))),
    }
}

/// Settles that the bucket exists, and removes its pending reservations.
fn present(
    connection: &mut DbConnection,
    project: &ProjectId,
    before: &Bucket,
) -> Result<MutationOutcome<Option<BucketState>>, ServiceError> {
    let after = Bucket { state: BucketState::Active, ..before.clone() };
    buckets::update(connection, project, &after)?;
    keep_pending(connection, project, &before.name, &PendingSignatures::default())?;
    let (kind, detail) = match before.state {
        BucketState::Claimed => ("bucket.confirm", format!("bucket {} was created", before.name)),
        _ => ("bucket.reopen", format!("bucket {} was not deleted", before.name)),
    };
    let change = transition(kind, detail, Some(before), Some(&after));
    Ok(MutationOutcome::Changed(Some(BucketState::Active), change))
}

/// Settles that the bucket does not exist, and deletes its grants: they must not apply to a later
/// bucket of its name.
fn absent(
    connection: &mut DbConnection,
    project: &ProjectId,
    before: &Bucket,
) -> Result<MutationOutcome<Option<BucketState>>, ServiceError> {
    let kind = match before.state {
        BucketState::Claimed => "bucket.release",
        _ => "bucket.forget",
    };
    Ok(MutationOutcome::Changed(None, remove(connection, project, before, kind)?))
}

fn transition(
    kind: &'static str,
    detail: String,
    before: Option<&Bucket>,
    after: Option<&Bucket>,
) -> Change {
    Change {
        kind,
        bucket: before.or(after).map(|bucket| bucket.name.to_string()),
        object: None,
        detail,
        rows: vec![LoggedRow::Bucket(Sides::of(before, after))],
    }
}
