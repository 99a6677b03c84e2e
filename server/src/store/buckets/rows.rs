//! The rows.

use std::collections::BTreeMap;

use diesel::prelude::*;
use sail_cargo_protocol::BucketState;
use serde::{Deserialize, Serialize};

use super::Bucket;
use super::edit::BUCKET_TAKEN;
use crate::domain::{BucketName, BucketRules, Permissions, ProjectId};
use crate::store::ceilings;
use crate::store::connection::DbConnection;
use crate::store::error::StoreError;
use crate::store::history::{Overlay, RowDiff, read_at};
use crate::store::rows::{json, permissions, to_json};
use crate::store::schema::bucket as dsl;

/// The JSON in `bucket.settings`.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
struct Settings {
    labels: BTreeMap<String, String>,
}

type Row = (String, i16, i16, String, String, i64);

const COLUMNS: (
    dsl::name,
    dsl::public_perms,
    dsl::ceiling,
    dsl::settings,
    dsl::state,
    dsl::created_rev,
) = (dsl::name, dsl::public_perms, dsl::ceiling, dsl::settings, dsl::state, dsl::created_rev);

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
            .select(COLUMNS)
            .load::<Row>(connection)?
            .into_iter()
            .map(bucket)
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
        .select(COLUMNS)
        .first::<Row>(connection)
        .optional()?
        .map(bucket)
        .transpose()
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
    diesel::insert_into(dsl::table)
        .values((
            dsl::project_id.eq(project.as_str()),
            dsl::name.eq(bucket.name.as_str()),
            dsl::store_id.eq(&store_id),
            dsl::public_perms.eq(bucket.rules.public.bits()),
            dsl::ceiling.eq(bucket.rules.ceiling.bits()),
            dsl::settings.eq(to_json(&Settings { labels: bucket.labels.clone() })?),
            dsl::created_rev.eq(bucket.created_revision),
            dsl::state.eq(state_word(bucket.state)),
            dsl::apart.eq(apart.then(|| format!("={}", bucket.name))),
        ))
        .execute(connection)?;
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
        .set((
            dsl::public_perms.eq(bucket.rules.public.bits()),
            dsl::ceiling.eq(bucket.rules.ceiling.bits()),
            dsl::settings.eq(to_json(&Settings { labels: bucket.labels.clone() })?),
            dsl::state.eq(state_word(bucket.state)),
        ))
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

pub(in crate::store) fn parse_state(word: &str) -> Result<BucketState, StoreError> {
    match word {
        "active" => Ok(BucketState::Active),
        "claimed" => Ok(BucketState::Claimed),
        "deleting" => Ok(BucketState::Deleting),
        other => Err(StoreError::corrupt(format!("no state of a bucket is called {other}"))),
    }
}

fn bucket(row: Row) -> Result<Bucket, StoreError> {
    let (name, public, ceiling, settings, state, created_revision) = row;
    let settings: Settings = json(&settings)?;
    Ok(Bucket {
        name: BucketName::stored(&name).map_err(StoreError::corrupt)?,
        rules: BucketRules { public: permissions(public)?, ceiling: permissions(ceiling)? },
        labels: settings.labels,
        state: parse_state(&state)?,
        created_revision,
    })
}
