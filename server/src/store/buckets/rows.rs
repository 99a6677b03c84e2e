//! The rows.

use std::collections::BTreeMap;

use diesel::prelude::*;
use sail_cargo_protocol::BucketState;
use serde::{Deserialize, Serialize};

use super::edit::BUCKET_TAKEN;
use super::{Bucket, BucketFacts};
use crate::domain::{BucketName, BucketRules, Permissions, ProjectId};
use crate::store::ceilings;
use crate::store::connection::{Backend, DbConnection};
use crate::store::error::StoreError;
use crate::store::history::{Overlay, RowDiff, read_at};
use crate::store::rows::{json, maybe_instant, permissions, to_json};
use crate::store::schema::bucket as dsl;

/// The JSON in `bucket.settings`.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
struct Settings {
    labels: BTreeMap<String, String>,
}

/// A bucket as it is stored.
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
    type Error = StoreError;

    fn try_from(row: BucketRow) -> Result<Self, StoreError> {
        let settings: Settings = json(&row.settings)?;
        Ok(Self {
            name: BucketName::stored(&row.name).map_err(StoreError::corrupt)?,
            rules: rules(row.public_perms, row.ceiling)?,
            labels: settings.labels,
            state: parse_state(&row.state)?,
            created_revision: row.created_rev,
        })
    }
}

/// A bucket as it is stored, as far as decisions are made from it.
#[derive(Queryable, Selectable)]
#[diesel(table_name = dsl, check_for_backend(Backend))]
struct BucketFactsRow {
    name: String,
    public_perms: i16,
    ceiling: i16,
    state: String,
    claimed_at: Option<i64>,
}

impl TryFrom<BucketFactsRow> for BucketFacts {
    type Error = StoreError;

    fn try_from(row: BucketFactsRow) -> Result<Self, StoreError> {
        Ok(Self {
            name: BucketName::stored(&row.name).map_err(StoreError::corrupt)?,
            rules: rules(row.public_perms, row.ceiling)?,
            state: parse_state(&row.state)?,
            since: maybe_instant(row.claimed_at)?,
        })
    }
}

/// What of a bucket changes.
#[derive(Insertable, AsChangeset)]
#[diesel(table_name = dsl)]
struct BucketChangeset<'a> {
    public_perms: i16,
    ceiling: i16,
    settings: String,
    state: &'a str,
}

impl BucketChangeset<'_> {
    fn of(bucket: &Bucket) -> Result<Self, StoreError> {
        Ok(Self {
            public_perms: bucket.rules.public.bits(),
            ceiling: bucket.rules.ceiling.bits(),
            settings: to_json(&Settings { labels: bucket.labels.clone() })?,
            state: state_word(bucket.state),
        })
    }
}

/// A bucket to be stored.
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

/// By name, behind `after`, at most `limit`.
pub(super) fn list(
    connection: &mut DbConnection,
    project: &ProjectId,
    overlay: &Overlay,
    after: &str,
    limit: usize,
) -> Result<Vec<Bucket>, StoreError> {
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
            .limit(i64::try_from(limit).unwrap_or(i64::MAX))
            .select(BucketRow::as_select())
            .load(connection)?
            .into_iter()
            .map(Bucket::try_from)
            .collect()
    };
    read_at(diffs, limit, |bucket| bucket.name.clone(), fetch)
}

pub(in crate::store) fn find(
    connection: &mut DbConnection,
    project: &ProjectId,
    name: &BucketName,
) -> Result<Option<Bucket>, StoreError> {
    dsl::table
        .find((project.as_str(), name.as_str()))
        .select(BucketRow::as_select())
        .first(connection)
        .optional()?
        .map(Bucket::try_from)
        .transpose()
}

/// What decisions are made from of all buckets of the project, or of those of `names` that are there.
pub(in crate::store) fn facts(
    connection: &mut DbConnection,
    project: &ProjectId,
    names: Option<&[BucketName]>,
) -> Result<Vec<BucketFacts>, StoreError> {
    let mut query = dsl::table.filter(dsl::project_id.eq(project.to_string())).into_boxed();
    if let Some(names) = names {
        query = query.filter(dsl::name.eq_any(names.iter().map(BucketName::as_str)));
    }
    let rows = query.select(BucketFactsRow::as_select()).load(connection)?;
    rows.into_iter().map(BucketFacts::try_from).collect()
}

/// Registers a bucket whose name had the ceiling `kept`: the bucket has it now. `apart`: the storage
/// tells it from those whose names differ in case alone.
pub(in crate::store) fn insert(
    connection: &mut DbConnection,
    project: &ProjectId,
    bucket: &Bucket,
    kept: Permissions,
    apart: bool,
) -> Result<(), StoreError> {
    let store_id = ceilings::store_of(connection, project)?;
    let row = NewBucketRow {
        project_id: project.as_str(),
        name: bucket.name.as_str(),
        store_id: &store_id,
        created_rev: bucket.created_revision,
        apart: apart.then(|| format!("={}", bucket.name)),
        changeset: BucketChangeset::of(bucket)?,
    };
    diesel::insert_into(dsl::table).values(row).execute(connection)?;
    // The name may have been another project's until a moment ago.
    if ceilings::take(connection, &store_id, &bucket.name)? != kept {
        return Err(StoreError::Conflict {
            code: BUCKET_TAKEN,
            detail: format!("the bucket name `{}` was given up just now: try again", bucket.name),
        });
    }
    Ok(())
}

pub(in crate::store) fn update(
    connection: &mut DbConnection,
    project: &ProjectId,
    bucket: &Bucket,
) -> Result<(), StoreError> {
    diesel::update(dsl::table.find((project.as_str(), bucket.name.as_str())))
        .set(BucketChangeset::of(bucket)?)
        .execute(connection)?;
    Ok(())
}

pub(in crate::store) const fn state_word(state: BucketState) -> &'static str {
    match state {
        BucketState::Active => "active",
        BucketState::Claimed => "claimed",
        BucketState::Deleting => "deleting",
    }
}

fn parse_state(word: &str) -> Result<BucketState, StoreError> {
    match word {
        "active" => Ok(BucketState::Active),
        "claimed" => Ok(BucketState::Claimed),
        "deleting" => Ok(BucketState::Deleting),
        other => Err(StoreError::corrupt(format!("no state of a bucket is called {other}"))),
    }
}

fn rules(public: i16, ceiling: i16) -> Result<BucketRules, StoreError> {
    Ok(BucketRules { public: permissions(public)?, ceiling: permissions(ceiling)? })
}
