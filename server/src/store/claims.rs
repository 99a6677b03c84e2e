//! Buckets whose creation or deletion was signed, until S3's answer is known.
//!
//! The name is taken before CreateBucket is signed and kept until DeleteBucket is confirmed, so
//! that there is no moment in which another project of the store could take it. Every signature
//! has a ticket of its own: only when S3 is known to have refused the last of them is a claim
//! given up.

use chrono::{DateTime, TimeDelta, Utc};
use diesel::prelude::*;
use sail_cargo_protocol::{BucketState, SettleOutcome};

use super::Store;
use super::buckets::{self, Bucket, parse_state};
use super::connection::{DbConnection, enter_with_bucket};
use super::error::StoreError;
use super::revision::At;
use super::rows::{json, maybe_instant, micros, to_json};
use super::schema::{bucket as dsl, project};
use super::write::{Change, Context, Effect, mutate, row};
use crate::domain::{BucketName, BucketRules, Permissions, ProjectId};

/// How long a signature may still be used after it was made: S3 takes it for 15 minutes, by a
/// clock that may differ from ours.
const MAY_BE_USED: TimeDelta = TimeDelta::minutes(20);

/// Signatures of one bucket that nobody settled, at most.
const MAX_TICKETS: usize = 1000;

/// What became of a claim on a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Claim {
    /// The name is the project's, until this ticket is settled.
    Ticket(String),
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
        self.since.is_some_and(|since| now < since + MAY_BE_USED)
    }
}

/// What S3 said when it was asked about a bucket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Found {
    /// It is there, and the account's.
    There,
    /// It is not there, or is somebody else's.
    Absent,
}

impl Store {
    /// Takes a name for a bucket whose creation is about to be signed.
    ///
    /// # Errors
    /// It belongs to another project of the same store, or only operators may register it.
    pub async fn claim_bucket(
        &self,
        project: ProjectId,
        name: BucketName,
        context: Context,
    ) -> Result<Claim, StoreError> {
        self.change(move |session| {
            let claim = mutate(session, &project, &context, |connection, revision| {
                claim(connection, &project, &name, &context, revision)
            });
            claim.map(|at| at.value).map_err(|error| buckets::taken(error, &name))
        })
        .await
    }

    /// Notes that the deletion of a bucket is about to be signed, and hands out the ticket.
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

    /// Takes note of how S3 answered a creation or deletion. A ticket that is not open changes
    /// nothing.
    ///
    /// # Errors
    /// The database is not available.
    pub async fn settle_bucket(
        &self,
        project: ProjectId,
        name: BucketName,
        ticket: String,
        outcome: SettleOutcome,
        context: Context,
    ) -> Result<At<Option<BucketState>>, StoreError> {
        self.change(move |session| {
            mutate(session, &project, &context, |connection, _| {
                settle(connection, &project, &name, &ticket, outcome)
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

    /// A bucket of the project as it stands.
    ///
    /// # Errors
    /// It is not registered.
    pub async fn bucket_standing(
        &self,
        project: ProjectId,
        name: BucketName,
        context: Context,
    ) -> Result<At<Unsettled>, StoreError> {
        self.read(project.clone(), context.at_least, move |connection, _| {
            let (bucket, standing) =
                stands(connection, &project, &name)?.ok_or(StoreError::NotFound("bucket"))?;
            Ok(Unsettled { project, bucket: name, state: bucket.state, since: standing.since })
        })
        .await
    }

    /// Whoever holds a name of the project's store with a creation or deletion that is not
    /// settled; which may be another project.
    ///
    /// # Errors
    /// There is no such project.
    pub async fn holder_of_unsettled(
        &self,
        project: ProjectId,
        name: BucketName,
    ) -> Result<Option<Unsettled>, StoreError> {
        self.run(move |connection| {
            connection.transaction(|connection| {
                let store: String = project::table
                    .find(project.as_str())
                    .select(project::store_id)
                    .first(connection)?;
                enter_with_bucket(connection, &store, &name)?;
                let row: Option<(String, String, Option<i64>)> = dsl::table
                    .filter(dsl::store_id.eq(&store))
                    .filter(dsl::name.eq(name.as_str()))
                    .filter(dsl::state.ne("active"))
                    .select((dsl::project_id, dsl::state, dsl::claimed_at))
                    .first(connection)
                    .optional()?;
                row.map(|(project, state, since)| {
                    Ok(Unsettled {
                        project: ProjectId::parse(&project).map_err(StoreError::corrupt)?,
                        bucket: name.clone(),
                        state: parse_state(&state)?,
                        since: maybe_instant(since)?,
                    })
                })
                .transpose()
            })
        })
        .await
    }
}

/// The open tickets of a bucket, and when the last one was given out.
#[derive(Debug, Default)]
struct Standing {
    tickets: Vec<String>,
    since: Option<DateTime<Utc>>,
}

impl Standing {
    /// One more ticket.
    fn ticket(&mut self, now: DateTime<Utc>) -> Result<String, StoreError> {
        if self.tickets.len() == MAX_TICKETS {
            return Err(StoreError::Conflict {
                code: "bucket_unsettled",
                detail: "too many creations or deletions of this bucket are not settled: \
                         `sail-cargo buckets reconcile` looks how it stands"
                    .to_owned(),
            });
        }
        let ticket = uuid::Uuid::new_v4().to_string();
        self.tickets.push(ticket.clone());
        self.since = Some(now);
        Ok(ticket)
    }
}

fn stands(
    connection: &mut DbConnection,
    project: &ProjectId,
    name: &BucketName,
) -> Result<Option<(Bucket, Standing)>, StoreError> {
    let Some(bucket) = buckets::find(connection, project, name)? else { return Ok(None) };
    let (claim, since): (Option<String>, Option<i64>) = dsl::table
        .find((project.as_str(), name.as_str()))
        .select((dsl::claim, dsl::claimed_at))
        .first(connection)?;
    let tickets = claim.map(|claim| json(&claim)).transpose()?.unwrap_or_default();
    Ok(Some((bucket, Standing { tickets, since: maybe_instant(since)? })))
}

fn keep(
    connection: &mut DbConnection,
    project: &ProjectId,
    name: &BucketName,
    standing: &Standing,
) -> Result<(), StoreError> {
    let tickets = &standing.tickets;
    let claim = (!tickets.is_empty()).then(|| to_json(tickets)).transpose()?;
    diesel::update(dsl::table.find((project.as_str(), name.as_str())))
        .set((dsl::claim.eq(claim), dsl::claimed_at.eq(standing.since.map(micros))))
        .execute(connection)?;
    Ok(())
}

fn claim(
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
        Some((bucket, standing)) => Ok(Effect::Unchanged(Claim::Registered(Unsettled {
            project: project.clone(),
            bucket: name.clone(),
            state: bucket.state,
            since: standing.since,
        }))),
        None => {
            let bucket = Bucket {
                name: name.clone(),
                rules: BucketRules { public: Permissions::NONE, ceiling: Permissions::ALL },
                labels: std::collections::BTreeMap::new(),
                state: BucketState::Claimed,
                created_revision: revision,
            };
            buckets::demand_operator(connection, project, context, None, &bucket)?;
            buckets::insert(connection, project, &bucket)?;
            let mut standing = Standing::default();
            let ticket = standing.ticket(context.now)?;
            keep(connection, project, name, &standing)?;
            let detail = format!("claimed bucket {name}, whose creation is signed");
            let change = moved("bucket.claim", detail, None, Some(&bucket))?;
            Ok(Effect::Changed(Claim::Ticket(ticket), change))
        }
    }
}

fn close(
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
    let change = moved("bucket.close", detail, Some(&before), Some(&after))?;
    Ok(Effect::Changed(ticket, change))
}

fn settle(
    connection: &mut DbConnection,
    project: &ProjectId,
    name: &BucketName,
    ticket: &str,
    outcome: SettleOutcome,
) -> Result<Effect<Option<BucketState>>, StoreError> {
    let Some((bucket, mut standing)) = stands(connection, project, name)? else {
        return Ok(Effect::Unchanged(None));
    };
    let open = standing.tickets.len();
    standing.tickets.retain(|open| open != ticket);
    if standing.tickets.len() == open {
        return Ok(Effect::Unchanged(Some(bucket.state)));
    }
    match (outcome, bucket.state) {
        (SettleOutcome::Refused, state) if !standing.tickets.is_empty() => {
            keep(connection, project, name, &standing)?;
            Ok(Effect::Unchanged(Some(state)))
        }
        (SettleOutcome::Done, BucketState::Deleting)
        | (SettleOutcome::Refused, BucketState::Claimed) => gone(connection, project, &bucket),
        (SettleOutcome::Done | SettleOutcome::Refused, _) => there(connection, project, &bucket),
    }
}

fn was_found(
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
    let change = moved(kind, detail, Some(before), Some(&after))?;
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
) -> Result<Change, StoreError> {
    let wire = |side: Option<&Bucket>| side.map(Bucket::to_wire);
    Ok(Change {
        kind,
        bucket: before.or(after).map(|bucket| bucket.name.to_string()),
        object: None,
        detail,
        rows: vec![row("bucket", wire(before).as_ref(), wire(after).as_ref())?],
    })
}
