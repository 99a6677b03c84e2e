//! From one state of a bucket to the next, inside the transaction of the change.

use chrono::{DateTime, Utc};
use sail_cargo_protocol::{BucketState, SettleOutcome};

use super::standing::{Standing, keep, stands};
use super::{Claim, Found, Said, Unsettled};
use crate::domain::{BucketName, BucketRules, Context, Permissions, ProjectId};
use crate::store::buckets::{self, Bucket, Shown};
use crate::store::ceilings;
use crate::store::change_log::{LoggedRow, Sides};
use crate::store::connection::DbConnection;
use crate::store::error::StoreError;
use crate::store::write::{Change, Effect};

pub(super) fn claim(
    connection: &mut DbConnection,
    project: &ProjectId,
    name: &BucketName,
    context: &Context,
    revision: i64,
) -> Result<Effect<Claim>, StoreError> {
    match stands(connection, project, name)? {
        Some((Bucket { state: BucketState::Claimed, .. }, mut standing)) => {
            let ticket = standing.ticket(context.now)?;
            keep(connection, project, name, &standing)?;
            Ok(Effect::Unchanged(Claim::Ticket(ticket)))
        }
        Some((bucket, standing)) => {
            Ok(Effect::Unchanged(Claim::Registered(standing.unsettled(project, &bucket))))
        }
        None => {
            buckets::demand_own_account(connection, project, context)?;
            buckets::demand_plain_name(connection, project, name, Shown::No)?;
            let ceiling = ceilings::kept(connection, project, name)?;
            let bucket = Bucket {
                name: name.clone(),
                rules: BucketRules { public: Permissions::NONE, ceiling },
                labels: std::collections::BTreeMap::new(),
                state: BucketState::Claimed,
                created_revision: revision,
            };
            buckets::insert(connection, project, &bucket, ceiling, false)?;
            let mut standing = Standing::default();
            let ticket = standing.ticket(context.now)?;
            keep(connection, project, name, &standing)?;
            let detail = format!("claimed bucket {name}, whose creation is signed");
            let change = moved("bucket.claim", detail, None, Some(&bucket));
            Ok(Effect::Changed(Claim::Ticket(ticket), change))
        }
    }
}

pub(super) fn close(
    connection: &mut DbConnection,
    project: &ProjectId,
    name: &BucketName,
    now: DateTime<Utc>,
) -> Result<Effect<String>, StoreError> {
    let (before, mut standing) =
        stands(connection, project, name)?.ok_or(StoreError::NotFound("bucket"))?;
    let ticket = standing.ticket(now)?;
    let after = Bucket { state: BucketState::Deleting, ..before.clone() };
    if before.state != BucketState::Deleting {
        buckets::update(connection, project, &after)?;
    }
    keep(connection, project, name, &standing)?;
    if before.state == BucketState::Deleting {
        return Ok(Effect::Unchanged(ticket));
    }
    let detail = format!("bucket {name} is being deleted: its deletion is signed");
    let change = moved("bucket.close", detail, Some(&before), Some(&after));
    Ok(Effect::Changed(ticket, change))
}

pub(super) fn settle(
    connection: &mut DbConnection,
    project: &ProjectId,
    name: &BucketName,
    said: &Said,
    looked: Option<&(Unsettled, Found)>,
) -> Result<Effect<Option<BucketState>>, StoreError> {
    use BucketState::{Active, Claimed, Deleting};
    use SettleOutcome::{Done, Refused};
    let Some((bucket, mut standing)) = stands(connection, project, name)? else {
        return Ok(Effect::Unchanged(None));
    };
    let open = standing.tickets.len();
    standing.tickets.retain(|open| *open != said.ticket);
    if standing.tickets.len() == open {
        return Ok(Effect::Unchanged(Some(bucket.state)));
    }
    let as_seen = |seen: &Unsettled| seen.state == bucket.state && seen.since == standing.since;
    let found = looked.filter(|(seen, _)| as_seen(seen)).map(|(_, found)| *found);
    match (bucket.state, said.outcome, found) {
        (Deleting, Done, Some(Found::Absent)) => gone(connection, project, &bucket),
        // The name is the project's already, which could as well register it.
        (Claimed, Done, Some(Found::There) | None) => there(connection, project, &bucket),
        // Nothing bears it out: the ticket stays open.
        (Deleting, Done, None) | (Claimed, Done, Some(Found::Absent)) => {
            Ok(Effect::Unchanged(Some(bucket.state)))
        }
        // It came to nothing; another may not have.
        (state, ..) if state == Active || !standing.tickets.is_empty() => {
            keep(connection, project, name, &standing)?;
            Ok(Effect::Unchanged(Some(state)))
        }
        (Claimed, Refused, None) => Ok(Effect::Unchanged(Some(bucket.state))),
        (Claimed, Refused, Some(Found::Absent)) => gone(connection, project, &bucket),
        (Active | Claimed | Deleting, _, _) => there(connection, project, &bucket),
    }
}

pub(super) fn was_found(
    connection: &mut DbConnection,
    seen: &Unsettled,
    found: Found,
    now: DateTime<Utc>,
) -> Result<Effect<Option<BucketState>>, StoreError> {
    let Unsettled { project, bucket: name, state, since } = seen;
    let Some((bucket, standing)) = stands(connection, project, name)? else {
        return Ok(Effect::Unchanged(None));
    };
    let stands_otherwise = bucket.state != *state || standing.since != *since;
    // What is on its way to S3 may undo what was seen there; a bucket that is gone stays gone
    // but for a creation.
    let may_change = seen.may_change(now);
    match (bucket.state, found) {
        _ if stands_otherwise => Ok(Effect::Unchanged(Some(bucket.state))),
        (BucketState::Claimed, Found::There) => there(connection, project, &bucket),
        (BucketState::Deleting, Found::There) if !may_change => there(connection, project, &bucket),
        (BucketState::Deleting, Found::Absent) => gone(connection, project, &bucket),
        (BucketState::Claimed, Found::Absent) if !may_change => gone(connection, project, &bucket),
        _ => Ok(Effect::Unchanged(Some(bucket.state))),
    }
}

/// The bucket is there, and nothing is on its way.
fn there(
    connection: &mut DbConnection,
    project: &ProjectId,
    before: &Bucket,
) -> Result<Effect<Option<BucketState>>, StoreError> {
    let after = Bucket { state: BucketState::Active, ..before.clone() };
    buckets::update(connection, project, &after)?;
    keep(connection, project, &before.name, &Standing::default())?;
    let (kind, detail) = match before.state {
        BucketState::Claimed => ("bucket.confirm", format!("bucket {} was created", before.name)),
        _ => ("bucket.reopen", format!("bucket {} was not deleted", before.name)),
    };
    let change = moved(kind, detail, Some(before), Some(&after));
    Ok(Effect::Changed(Some(BucketState::Active), change))
}

/// The bucket is not there: no grant on it may come back to life in another of its name.
fn gone(
    connection: &mut DbConnection,
    project: &ProjectId,
    before: &Bucket,
) -> Result<Effect<Option<BucketState>>, StoreError> {
    let kind = match before.state {
        BucketState::Claimed => "bucket.release",
        _ => "bucket.forget",
    };
    Ok(Effect::Changed(None, buckets::remove(connection, project, before, kind)?))
}

fn moved(
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
