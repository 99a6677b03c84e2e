//! `bucket`: which project owns which bucket, and the open reservations of a pending creation or
//! deletion.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use serde::{Deserialize, Serialize};

use crate::columns::{json, maybe_instant, micros, permissions, rows_at_most, to_json};
use crate::connection::{Backend, DbConnection};
use crate::domain::{Bucket, BucketName, BucketRules, BucketState, ProjectId, ReservationId};
use crate::error::DatabaseError;
use crate::history::{Overlay, RowDiff, read_at};
use crate::schema::bucket as dsl;

/// The columns of a bucket that decisions need.
#[derive(Debug, Clone)]
pub struct BucketFacts {
    /// The name of the bucket.
    pub name: BucketName,
    /// The rules for everybody in the bucket.
    pub rules: BucketRules,
    /// Whether its creation or deletion is pending.
    pub state: BucketState,
    /// When its pending creation or deletion was last signed.
    pub since: Option<DateTime<Utc>>,
    /// The revision in which it was registered.
    pub created_revision: i64,
}

/// The open reservations of a bucket.
#[derive(Debug, Default)]
pub struct PendingSignatures {
    /// The ids of the reservations.
    pub reservation_ids: Vec<ReservationId>,
    /// When the last reservation was made.
    pub since: Option<DateTime<Utc>>,
}

/// The JSON in `bucket.settings`.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
struct SettingsRecord {
    labels: BTreeMap<String, String>,
}

/// A bucket as it is read.
#[derive(Queryable, Selectable)]
#[diesel(table_name = dsl, check_for_backend(Backend))]
struct BucketRow {
    name: String,
    public_perms: i16,
    ceiling: i16,
    settings: String,
    state: String,
    created_rev: i64,
}

impl TryFrom<BucketRow> for Bucket {
    type Error = DatabaseError;

    fn try_from(row: BucketRow) -> Result<Self, DatabaseError> {
        let settings: SettingsRecord = json(&row.settings)?;
        Ok(Self {
            name: BucketName::stored(&row.name).map_err(DatabaseError::corrupt)?,
            rules: rules(row.public_perms, row.ceiling)?,
            labels: settings.labels,
            state: parse_state(&row.state)?,
            created_revision: row.created_rev,
        })
    }
}

/// The columns of a bucket that decisions need, as they are read.
#[derive(Queryable, Selectable)]
#[diesel(table_name = dsl, check_for_backend(Backend))]
struct BucketFactsRow {
    name: String,
    public_perms: i16,
    ceiling: i16,
    state: String,
    claimed_at: Option<i64>,
    created_rev: i64,
}

impl TryFrom<BucketFactsRow> for BucketFacts {
    type Error = DatabaseError;

    fn try_from(row: BucketFactsRow) -> Result<Self, DatabaseError> {
        Ok(Self {
            name: BucketName::stored(&row.name).map_err(DatabaseError::corrupt)?,
            rules: rules(row.public_perms, row.ceiling)?,
            state: parse_state(&row.state)?,
            since: maybe_instant(row.claimed_at)?,
            created_revision: row.created_rev,
        })
    }
}

/// The columns of a bucket that an update may change.
#[derive(Insertable, AsChangeset)]
#[diesel(table_name = dsl)]
struct BucketChangeset<'a> {
    public_perms: i16,
    ceiling: i16,
    settings: String,
    state: &'a str,
}

impl BucketChangeset<'_> {
    fn of(bucket: &Bucket) -> Result<Self, DatabaseError> {
        Ok(Self {
            public_perms: bucket.rules.public.bits(),
            ceiling: bucket.rules.ceiling.bits(),
            settings: to_json(&SettingsRecord { labels: bucket.labels.clone() })?,
            state: state_word(bucket.state),
        })
    }
}

/// A new row.
#[derive(Insertable)]
#[diesel(table_name = dsl, treat_none_as_default_value = false)]
struct NewBucketRow<'a> {
    project_id: &'a str,
    name: &'a str,
    store_id: &'a str,
    created_rev: i64,
    apart: Option<String>,
    #[diesel(embed)]
    changeset: BucketChangeset<'a>,
}

/// The columns with the pending reservations.
#[derive(AsChangeset)]
#[diesel(table_name = dsl, treat_none_as_null = true)]
struct PendingChangeset {
    claim: Option<String>,
    claimed_at: Option<i64>,
}

/// A page of the project's buckets at the revision of `overlay`: at most `limit` buckets after
/// `after`, by name.
pub fn list(
    connection: &mut DbConnection,
    project: &ProjectId,
    overlay: &Overlay,
    after: &str,
    limit: usize,
) -> Result<Vec<Bucket>, DatabaseError> {
    let diffs: BTreeMap<BucketName, RowDiff<Bucket>> = overlay
        .buckets
        .iter()
        .filter(|(name, _)| name.as_str() > after)
        .map(|(name, diff)| (name.clone(), diff.clone()))
        .collect();
    let fetch = |limit: usize| {
        dsl::table
            .filter(dsl::project_id.eq(project.as_str()))
            .filter(dsl::name.gt(after))
            .order(dsl::name)
            .limit(rows_at_most(limit))
            .select(BucketRow::as_select())
            .load(connection)?
            .into_iter()
            .map(Bucket::try_from)
            .collect()
    };
    read_at(diffs, limit, |bucket| bucket.name.clone(), fetch)
}

/// One bucket of the project.
pub fn find(
    connection: &mut DbConnection,
    project: &ProjectId,
    name: &BucketName,
) -> Result<Option<Bucket>, DatabaseError> {
    dsl::table
        .find((project.as_str(), name.as_str()))
        .select(BucketRow::as_select())
        .first(connection)
        .optional()?
        .map(Bucket::try_from)
        .transpose()
}

/// The project's buckets among `names`; all of its buckets if `None`.
pub fn facts(
    connection: &mut DbConnection,
    project: &ProjectId,
    names: Option<&[BucketName]>,
) -> Result<Vec<BucketFacts>, DatabaseError> {
    let mut query = dsl::table.filter(dsl::project_id.eq(project.to_string())).into_boxed();
    if let Some(names) = names {
        let names: Vec<String> = names.iter().map(ToString::to_string).collect();
        query = query.filter(dsl::name.eq_any(names));
    }
    let rows = query.select(BucketFactsRow::as_select()).load(connection)?;
    rows.into_iter().map(BucketFacts::try_from).collect()
}

/// The project's buckets whose names begin with `prefix`, behind `after`, by name; at most `limit`.
pub fn facts_behind(
    connection: &mut DbConnection,
    project: &ProjectId,
    (prefix, after): (&str, &str),
    limit: usize,
) -> Result<Vec<BucketFacts>, DatabaseError> {
    let rows = dsl::table
        .filter(dsl::project_id.eq(project.as_str()))
        .filter(dsl::name.ge(prefix).and(dsl::name.gt(after)))
        .order(dsl::name)
        .limit(rows_at_most(limit))
        .select(BucketFactsRow::as_select())
        .load(connection)?;
    let begin = rows.into_iter().take_while(|row| row.name.starts_with(prefix));
    begin.map(BucketFacts::try_from).collect()
}

/// The names of all buckets of the project.
pub fn names(
    connection: &mut DbConnection,
    project: &ProjectId,
) -> Result<Vec<BucketName>, DatabaseError> {
    let names = dsl::table.filter(dsl::project_id.eq(project.as_str())).select(dsl::name);
    let names = names.load::<String>(connection)?;
    names.iter().map(|name| BucketName::stored(name).map_err(DatabaseError::corrupt)).collect()
}

/// Registers a bucket in a store. `apart` says that the storage distinguishes bucket names that
/// differ only in case.
pub fn insert(
    connection: &mut DbConnection,
    project: &ProjectId,
    store_id: &str,
    bucket: &Bucket,
    apart: bool,
) -> Result<(), DatabaseError> {
    let row = NewBucketRow {
        project_id: project.as_str(),
        name: bucket.name.as_str(),
        store_id,
        created_rev: bucket.created_revision,
        apart: apart.then(|| format!("={}", bucket.name)),
        changeset: BucketChangeset::of(bucket)?,
    };
    diesel::insert_into(dsl::table).values(row).execute(connection)?;
    Ok(())
}

/// Updates the rules, the labels and the state of a registered bucket.
pub fn update(
    connection: &mut DbConnection,
    project: &ProjectId,
    bucket: &Bucket,
) -> Result<(), DatabaseError> {
    diesel::update(dsl::table.find((project.as_str(), bucket.name.as_str())))
        .set(BucketChangeset::of(bucket)?)
        .execute(connection)?;
    Ok(())
}

/// Removes a bucket's row.
pub fn delete(
    connection: &mut DbConnection,
    project: &ProjectId,
    name: &BucketName,
) -> Result<(), DatabaseError> {
    diesel::delete(dsl::table.find((project.as_str(), name.as_str()))).execute(connection)?;
    Ok(())
}

/// The open reservations of a registered bucket.
pub fn find_pending(
    connection: &mut DbConnection,
    project: &ProjectId,
    name: &BucketName,
) -> Result<PendingSignatures, DatabaseError> {
    let (claim, since): (Option<String>, Option<i64>) = dsl::table
        .find((project.as_str(), name.as_str()))
        .select((dsl::claim, dsl::claimed_at))
        .first(connection)?;
    let ids: Vec<String> = claim.map(|claim| json(&claim)).transpose()?.unwrap_or_default();
    let reservation_ids = ids.into_iter().map(ReservationId::new).collect();
    Ok(PendingSignatures { reservation_ids, since: maybe_instant(since)? })
}

/// Stores the open reservations of a bucket.
pub fn keep_pending(
    connection: &mut DbConnection,
    project: &ProjectId,
    name: &BucketName,
    pending: &PendingSignatures,
) -> Result<(), DatabaseError> {
    let ids: Vec<&str> = pending.reservation_ids.iter().map(ReservationId::as_str).collect();
    let changeset = PendingChangeset {
        claim: (!ids.is_empty()).then(|| to_json(&ids)).transpose()?,
        claimed_at: pending.since.map(micros),
    };
    diesel::update(dsl::table.find((project.as_str(), name.as_str())))
        .set(changeset)
        .execute(connection)?;
    Ok(())
}

/// The buckets whose creation was signed and is not settled.
pub fn claimed(
    connection: &mut DbConnection,
    project: &ProjectId,
) -> Result<Vec<BucketFacts>, DatabaseError> {
    let rows = dsl::table
        .filter(dsl::project_id.eq(project.as_str()))
        .filter(dsl::state.eq(state_word(BucketState::Claimed)))
        .select(BucketFactsRow::as_select())
        .load(connection)?;
    rows.into_iter().map(BucketFacts::try_from).collect()
}

const fn state_word(state: BucketState) -> &'static str {
    match state {
        BucketState::Active => "active",
        BucketState::Claimed => "claimed",
        BucketState::Deleting => "deleting",
    }
}

fn parse_state(word: &str) -> Result<BucketState, DatabaseError> {
    match word {
        "active" => Ok(BucketState::Active),
        "claimed" => Ok(BucketState::Claimed),
        "deleting" => Ok(BucketState::Deleting),
        other => Err(DatabaseError::corrupt(format!("unknown state of a bucket {other}"))),
    }
}

fn rules(public: i16, ceiling: i16) -> Result<BucketRules, DatabaseError> {
    Ok(BucketRules { public: permissions(public)?, ceiling: permissions(ceiling)? })
}
