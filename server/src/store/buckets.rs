//! `bucket`: which bucket belongs to which project.

use std::collections::BTreeMap;

use diesel::prelude::*;
use sail_cargo_protocol::{self as wire, BucketState};
use serde::{Deserialize, Serialize};

use super::Store;
use super::authority::Reading;
use super::connection::DbConnection;
use super::error::StoreError;
use super::grants::{self, Listed, cut};
use super::history::{Past, Turn, When, past, rewind};
use super::revision::At;
use super::rows::{json, permissions, to_json};
use super::schema::{bucket as dsl, project, store};
use super::write::{Change, Context, Effect, Session, mutate, row};
use crate::domain::{Authority, BucketName, BucketRules, Caller, Permissions, ProjectId};

/// A registered bucket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bucket {
    /// Its name.
    pub name: BucketName,
    /// What holds for everybody in it.
    pub rules: BucketRules,
    /// Words of the application about it.
    pub labels: BTreeMap<String, String>,
    /// Whether its creation or deletion is under way.
    pub state: BucketState,
    /// The revision that registered it.
    pub created_revision: i64,
}

/// What a bucket shall be: what is `None` stays as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BucketEdit {
    /// What everybody may do.
    pub public: Option<Permissions>,
    /// The most anybody may do.
    pub ceiling: Option<Permissions>,
    /// Labels.
    pub labels: Labels,
}

/// What a bucket's labels shall be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Labels {
    /// These and no others.
    Replace(BTreeMap<String, String>),
    /// As they are, but for these; `None` takes one away.
    Merge(BTreeMap<String, Option<String>>),
}

impl Default for Labels {
    fn default() -> Self {
        Self::Merge(BTreeMap::new())
    }
}

/// Labels a bucket has at most.
const MAX_LABELS: usize = 32;

/// The JSON in `bucket.settings`.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
struct Settings {
    labels: BTreeMap<String, String>,
}

impl Store {
    /// Registers a bucket, or replaces the rules of one that is registered.
    ///
    /// # Errors
    /// The name belongs to another project of the same store; only operators register buckets of
    /// a shared store, and raise a ceiling.
    pub async fn put_bucket(
        &self,
        project: ProjectId,
        name: BucketName,
        edit: BucketEdit,
        context: Context,
    ) -> Result<At<Bucket>, StoreError> {
        self.change(move |session| put(session, &project, &name, &edit, &context)).await
    }

    /// Changes a bucket that is registered.
    ///
    /// # Errors
    /// It is not registered to the project; only operators raise a ceiling.
    pub async fn patch_bucket(
        &self,
        project: ProjectId,
        name: BucketName,
        edit: BucketEdit,
        context: Context,
    ) -> Result<At<Bucket>, StoreError> {
        self.change(move |session| {
            mutate(session, &project, &context, |connection, revision| {
                if find(connection, &project, &name)?.is_none() {
                    return Err(StoreError::NotFound("bucket"));
                }
                edit_in(connection, &project, &name, &edit, &context, revision)
            })
        })
        .await
    }

    /// One bucket of the project, and what bears on what the caller may do in it.
    ///
    /// # Errors
    /// It is not registered to the project.
    pub async fn bucket(
        &self,
        project: ProjectId,
        name: BucketName,
        context: Context,
    ) -> Result<At<(Bucket, Authority)>, StoreError> {
        self.read(project.clone(), context.at_least, move |connection, revision| {
            let bucket =
                find(connection, &project, &name)?.ok_or(StoreError::NotFound("bucket"))?;
            let past = Past::default();
            let reading = Reading { project: &project, past: &past, revision, now: context.now };
            let authority = reading.authority(connection, &context.caller, Some(&[name]))?;
            Ok((bucket, authority))
        })
        .await
    }

    /// The project's buckets by name, behind `after`, at most `limit`; as they were `when`.
    ///
    /// # Errors
    /// That part of the history is gone.
    pub async fn buckets(
        &self,
        project: ProjectId,
        when: When,
        after: String,
        limit: usize,
        context: Context,
    ) -> Result<At<Listed<Bucket>>, StoreError> {
        let listed = self
            .read(project.clone(), context.at_least, move |connection, head| {
                let (revision, past) = past(connection, &project, head, when)?;
                let buckets = list(connection, &project, &past, &after, limit + 1)?;
                Ok(At { value: cut(buckets, limit), revision })
            })
            .await?;
        Ok(listed.value)
    }

    /// All buckets of the project by name, behind `after`, and what bears on what the caller may
    /// do in any; as they were `when`.
    ///
    /// # Errors
    /// That part of the history is gone.
    pub async fn buckets_and_authority(
        &self,
        project: ProjectId,
        when: When,
        after: String,
        context: Context,
    ) -> Result<At<(Vec<Bucket>, Authority)>, StoreError> {
        let listed = self
            .read(project.clone(), context.at_least, move |connection, head| {
                let (revision, past) = past(connection, &project, head, when)?;
                let now = context.now;
                let reading = Reading { project: &project, past: &past, revision, now };
                let authority = reading.authority(connection, &context.caller, None)?;
                let buckets = list(connection, &project, &past, &after, usize::MAX >> 1)?;
                Ok(At { value: (buckets, authority), revision })
            })
            .await?;
        Ok(listed.value)
    }

    /// Forgets a bucket and every grant on it; whether it was there. In S3 nothing changes.
    ///
    /// # Errors
    /// It is frozen, which only operators undo.
    pub async fn forget_bucket(
        &self,
        project: ProjectId,
        name: BucketName,
        context: Context,
    ) -> Result<At<bool>, StoreError> {
        self.change(move |session| {
            mutate(session, &project, &context, |connection, _| {
                forget(connection, &project, &name, &context)
            })
        })
        .await
    }
}

impl Bucket {
    /// As answers and change rows have it.
    pub fn to_wire(&self) -> wire::Bucket {
        wire::Bucket {
            name: self.name.to_string(),
            public_permissions: self.rules.public.into(),
            ceiling: self.rules.ceiling.into(),
            labels: self.labels.clone(),
            state: self.state,
            created_revision: self.created_revision,
        }
    }

    /// From a change row.
    pub(super) fn from_wire(bucket: wire::Bucket) -> Result<Self, StoreError> {
        Ok(Self {
            name: BucketName::parse(&bucket.name).map_err(StoreError::corrupt)?,
            rules: BucketRules {
                public: (&bucket.public_permissions).into(),
                ceiling: (&bucket.ceiling).into(),
            },
            labels: bucket.labels,
            state: bucket.state,
            created_revision: bucket.created_revision,
        })
    }
}

fn list(
    connection: &mut DbConnection,
    project: &ProjectId,
    past: &Past,
    after: &str,
    limit: usize,
) -> Result<Vec<Bucket>, StoreError> {
    let turns: BTreeMap<String, Turn<Bucket>> = past
        .buckets
        .iter()
        .filter(|(name, _)| name.as_str() > after)
        .map(|(name, turn)| (name.clone(), turn.clone()))
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
    rewind(turns, limit, |bucket| bucket.name.to_string(), fetch)
}

fn put(
    session: &mut Session<'_>,
    project: &ProjectId,
    name: &BucketName,
    edit: &BucketEdit,
    context: &Context,
) -> Result<At<Bucket>, StoreError> {
    mutate(session, project, context, |connection, revision| {
        edit_in(connection, project, name, edit, context, revision)
    })
    .map_err(|error| taken(error, name))
}

fn edit_in(
    connection: &mut DbConnection,
    project: &ProjectId,
    name: &BucketName,
    edit: &BucketEdit,
    context: &Context,
    revision: i64,
) -> Result<Effect<Bucket>, StoreError> {
    let before = find(connection, project, name)?;
    let after = edit.apply(name, before.as_ref(), revision)?;
    demand_operator(connection, project, context, before.as_ref(), &after)?;
    match &before {
        Some(before) if *before == after => return Ok(Effect::Unchanged(after)),
        Some(_) => update(connection, project, &after)?,
        None => insert(connection, project, &after)?,
    }
    let change = Change {
        kind: if before.is_some() { "bucket.put" } else { "bucket.register" },
        bucket: Some(name.to_string()),
        object: None,
        detail: match &before {
            Some(_) => format!("changed the rules of bucket {name}"),
            None => format!("registered bucket {name}"),
        },
        rows: vec![row(
            "bucket",
            before.as_ref().map(Bucket::to_wire).as_ref(),
            Some(&after.to_wire()),
        )?],
    };
    Ok(Effect::Changed(after, change))
}

impl BucketEdit {
    /// What a bucket is after this.
    fn apply(
        &self,
        name: &BucketName,
        before: Option<&Bucket>,
        revision: i64,
    ) -> Result<Bucket, StoreError> {
        let open = BucketRules { public: Permissions::NONE, ceiling: Permissions::ALL };
        let now = before.map_or(open, |bucket| bucket.rules);
        let mut labels = before.map(|bucket| bucket.labels.clone()).unwrap_or_default();
        match &self.labels {
            Labels::Replace(new) => labels.clone_from(new),
            Labels::Merge(changes) => {
                for (key, value) in changes {
                    match value {
                        Some(value) => labels.insert(key.clone(), value.clone()),
                        None => labels.remove(key),
                    };
                }
            }
        }
        if labels.len() > MAX_LABELS {
            return Err(StoreError::Conflict {
                code: "too_many_labels",
                detail: format!("a bucket has at most {MAX_LABELS} labels"),
            });
        }
        Ok(Bucket {
            name: name.clone(),
            rules: BucketRules {
                public: self.public.unwrap_or(now.public),
                ceiling: self.ceiling.unwrap_or(now.ceiling),
            },
            labels,
            state: match before {
                Some(bucket) if bucket.state == BucketState::Deleting => BucketState::Deleting,
                _ => BucketState::Active,
            },
            created_revision: before.map_or(revision, |bucket| bucket.created_revision),
        })
    }
}

/// What root cannot do by itself: take names in an account that others share, and lift what an
/// operator froze.
pub(super) fn demand_operator(
    connection: &mut DbConnection,
    project: &ProjectId,
    context: &Context,
    before: Option<&Bucket>,
    after: &Bucket,
) -> Result<(), StoreError> {
    if matches!(context.caller, Caller::Operator { .. }) {
        return Ok(());
    }
    match before {
        None if is_shared(connection, project)? => Err(StoreError::Conflict {
            code: "account_shared",
            detail: "other projects share this storage account: an operator registers its buckets"
                .to_owned(),
        }),
        Some(before) if !after.rules.ceiling.without(before.rules.ceiling).is_empty() => {
            Err(frozen(&after.name))
        }
        _ => Ok(()),
    }
}

fn is_shared(connection: &mut DbConnection, project: &ProjectId) -> Result<bool, StoreError> {
    Ok(project::table
        .inner_join(store::table.on(store::id.eq(project::store_id)))
        .filter(project::id.eq(project.as_str()))
        .select(store::shared)
        .first(connection)?)
}

fn frozen(name: &BucketName) -> StoreError {
    StoreError::Conflict {
        code: "bucket_frozen",
        detail: format!("the bucket `{name}` is frozen: only an operator lifts its ceiling"),
    }
}

/// A unique violation here means one thing: the name is somebody else's.
pub(super) fn taken(error: StoreError, name: &BucketName) -> StoreError {
    match error {
        StoreError::Conflict { code: "already_exists", .. } => StoreError::Conflict {
            code: "bucket_taken",
            detail: format!("the bucket name `{name}` is not available in this store"),
        },
        other => other,
    }
}

pub(super) fn insert(
    connection: &mut DbConnection,
    project: &ProjectId,
    bucket: &Bucket,
) -> Result<(), StoreError> {
    let store_id: String =
        project::table.find(project.as_str()).select(project::store_id).first(connection)?;
    diesel::insert_into(dsl::table)
        .values((
            dsl::project_id.eq(project.as_str()),
            dsl::name.eq(bucket.name.as_str()),
            dsl::store_id.eq(store_id),
            dsl::public_perms.eq(bucket.rules.public.bits()),
            dsl::ceiling.eq(bucket.rules.ceiling.bits()),
            dsl::settings.eq(to_json(&Settings { labels: bucket.labels.clone() })?),
            dsl::created_rev.eq(bucket.created_revision),
            dsl::state.eq(state_word(bucket.state)),
        ))
        .execute(connection)?;
    Ok(())
}

pub(super) fn update(
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

const fn state_word(state: BucketState) -> &'static str {
    match state {
        BucketState::Active => "active",
        BucketState::Claimed => "claimed",
        BucketState::Deleting => "deleting",
    }
}

pub(super) fn parse_state(word: &str) -> Result<BucketState, StoreError> {
    match word {
        "active" => Ok(BucketState::Active),
        "claimed" => Ok(BucketState::Claimed),
        "deleting" => Ok(BucketState::Deleting),
        other => Err(StoreError::corrupt(format!("no state of a bucket is called {other}"))),
    }
}

fn forget(
    connection: &mut DbConnection,
    project: &ProjectId,
    name: &BucketName,
    context: &Context,
) -> Result<Effect<bool>, StoreError> {
    let Some(before) = find(connection, project, name)? else {
        return Ok(Effect::Unchanged(false));
    };
    let is_frozen = before.rules.ceiling != Permissions::ALL;
    if is_frozen && !matches!(context.caller, Caller::Operator { .. }) {
        return Err(frozen(name));
    }
    let change = remove(connection, project, &before, "bucket.forget")?;
    Ok(Effect::Changed(true, change))
}

/// Takes a bucket's row and every grant on it away.
pub(super) fn remove(
    connection: &mut DbConnection,
    project: &ProjectId,
    before: &Bucket,
    kind: &'static str,
) -> Result<Change, StoreError> {
    let name = &before.name;
    let grants = grants::clear(connection, project, name)?;
    diesel::delete(dsl::table.find((project.as_str(), name.as_str()))).execute(connection)?;
    let mut rows = vec![row("bucket", Some(&before.to_wire()), None)?];
    for grant in &grants {
        rows.push(row("grant", Some(&grant.to_wire()), None)?);
    }
    Ok(Change {
        kind,
        bucket: Some(name.to_string()),
        object: None,
        detail: format!("forgot bucket {name} and {} grants on it", grants.len()),
        rows,
    })
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

pub(super) fn find(
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

fn bucket(row: Row) -> Result<Bucket, StoreError> {
    let (name, public, ceiling, settings, state, created_revision) = row;
    let settings: Settings = json(&settings)?;
    Ok(Bucket {
        name: BucketName::parse(&name).map_err(StoreError::corrupt)?,
        rules: BucketRules { public: permissions(public)?, ceiling: permissions(ceiling)? },
        labels: settings.labels,
        state: parse_state(&state)?,
        created_revision,
    })
}
