//! Registering, changing and forgetting buckets.

use std::collections::BTreeMap;

use diesel::prelude::*;
use sail_cargo_protocol::BucketState;

use super::Bucket;
use super::rows::{find, insert, update};
use crate::domain::limits::MAX_LABELS;
use crate::domain::{At, BucketName, BucketRules, Caller, Context, Denied, Permissions, ProjectId};
use crate::store::change_log::{LoggedRow, Sides};
use crate::store::connection::DbConnection;
use crate::store::error::StoreError;
use crate::store::schema::bucket as dsl;
use crate::store::write::{Change, MutationOutcome, Session, mutate};
use crate::store::{ceilings, grants, storage_accounts};

/// What a bucket shall be: what is `None` stays as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BucketEdit {
    /// What everybody may do.
    pub public: Option<Permissions>,
    /// The most anybody may do.
    pub ceiling: Option<Permissions>,
    /// Labels.
    pub labels: Labels,
    /// What the storage's own list of the account's buckets shows.
    pub shown: Shown,
}

/// How the storage's own list of an account's buckets shows a name.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Shown {
    /// It does not, or was not asked.
    #[default]
    No,
    /// There is a bucket of exactly this name, and not another service.
    Alone,
    /// There is one, and another whose name differs in upper and lower case alone: the storage tells
    /// them apart.
    BesideTwin,
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

pub(super) fn put(
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

pub(super) fn edit_in(
    connection: &mut DbConnection,
    project: &ProjectId,
    name: &BucketName,
    edit: &BucketEdit,
    context: &Context,
    revision: i64,
) -> Result<MutationOutcome<Bucket>, StoreError> {
    let before = find(connection, project, name)?;
    let bound = match &before {
        Some(before) => before.rules.ceiling,
        None => ceilings::kept(connection, project, name)?,
    };
    let after = edit.apply(name, before.as_ref(), bound, revision)?;
    if before.is_none() {
        demand_own_account(connection, project, context)?;
        demand_plain_name(connection, project, name, edit.shown)?;
    }
    demand_bound(context, bound, &after)?;
    match &before {
        Some(before) if *before == after => return Ok(MutationOutcome::Unchanged(after)),
        Some(_) => update(connection, project, &after)?,
        None => insert(connection, project, &after, bound, edit.shown == Shown::BesideTwin)?,
    }
    let change = Change {
        kind: if before.is_some() { "bucket.put" } else { "bucket.register" },
        bucket: Some(name.to_string()),
        object: None,
        detail: match &before {
            Some(_) => format!("changed the rules of bucket {name}"),
            None => format!("registered bucket {name}"),
        },
        rows: vec![LoggedRow::Bucket(Sides::of(before.as_ref(), Some(&after)))],
    };
    Ok(MutationOutcome::Changed(after, change))
}

impl BucketEdit {
    /// What a bucket is after this, which was bound by a ceiling.
    fn apply(
        &self,
        name: &BucketName,
        before: Option<&Bucket>,
        bound: Permissions,
        revision: i64,
    ) -> Result<Bucket, StoreError> {
        let public = before.map_or(Permissions::NONE, |bucket| bucket.rules.public);
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
                public: self.public.unwrap_or(public),
                ceiling: self.ceiling.unwrap_or(bound),
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

/// What root cannot do by itself: take a name in an account that others share.
pub(in crate::store) fn demand_own_account(
    connection: &mut DbConnection,
    project: &ProjectId,
    context: &Context,
) -> Result<(), StoreError> {
    if is_operator(context) || !storage_accounts::is_shared(connection, project)? {
        return Ok(());
    }
    Err(StoreError::Conflict {
        code: "account_shared",
        detail: "other projects share this storage account: an operator registers its buckets"
            .to_owned(),
    })
}

/// What takes more than somebody's word that there is such a bucket: the name of another service,
/// under which a storage may do as that service does; and one that differs from another of the
/// project's in upper and lower case alone, which some storages take for the same. (Another
/// project's is found by its index: who holds it is nobody else's to know.)
pub(in crate::store) fn demand_plain_name(
    connection: &mut DbConnection,
    project: &ProjectId,
    name: &BucketName,
    shown: Shown,
) -> Result<(), StoreError> {
    let unseen = |what: String, whom: &str| {
        let list = "the storage's own list of buckets (ListBuckets)";
        let detail = format!("`{name}` {what}: it is registered only when {list} shows {whom}");
        Err(StoreError::Conflict { code: NOT_SHOWN, detail })
    };
    if name.is_reserved() && !is_addressable(connection, project, name)? {
        let denied = Denied::ReservedBucket(name.clone());
        return Err(StoreError::Conflict { code: denied.code(), detail: denied.to_string() });
    }
    if name.is_reserved() && shown == Shown::No {
        return unseen("is the name of another service on many storages".to_owned(), "it");
    }
    if shown == Shown::BesideTwin {
        return Ok(());
    }
    let project = dsl::project_id.eq(project.as_str());
    for other in dsl::table.filter(project).select(dsl::name).load::<String>(connection)? {
        let other = BucketName::stored(&other).map_err(StoreError::corrupt)?;
        if name.is_twin_of(&other) {
            return unseen(format!("is `{other}` to storages that do not tell A from a"), "both");
        }
    }
    Ok(())
}

/// Whether it can stand in the host of a request.
fn is_addressable(
    connection: &mut DbConnection,
    project: &ProjectId,
    name: &BucketName,
) -> Result<bool, StoreError> {
    let endpoints = storage_accounts::endpoints(connection, project)?;
    Ok(endpoints.iter().any(|endpoint| endpoint.hosts(name)))
}

/// The name is another project's, or differs from another's in case alone.
pub const BUCKET_TAKEN: &str = "bucket_taken";

/// The code of a conflict that a look at the storage may solve.
pub const NOT_SHOWN: &str = "bucket_not_shown";

/// The same: lift the ceiling that bound a bucket, or its name.
fn demand_bound(context: &Context, bound: Permissions, after: &Bucket) -> Result<(), StoreError> {
    if is_operator(context) || after.rules.ceiling.without(bound).is_empty() {
        return Ok(());
    }
    Err(frozen(&after.name))
}

const fn is_operator(context: &Context) -> bool {
    matches!(context.caller, Caller::Operator { .. })
}

fn frozen(name: &BucketName) -> StoreError {
    StoreError::Conflict {
        code: "bucket_frozen",
        detail: format!("the bucket `{name}` is frozen: only an operator lifts its ceiling"),
    }
}

/// A unique violation here means one thing: the name is somebody else's.
pub(in crate::store) fn taken(error: StoreError, name: &BucketName) -> StoreError {
    match error {
        StoreError::Conflict { code: "already_exists", .. } => StoreError::Conflict {
            code: BUCKET_TAKEN,
            detail: format!("the bucket name `{name}` is not available in this store"),
        },
        other => other,
    }
}

pub(super) fn forget(
    connection: &mut DbConnection,
    project: &ProjectId,
    name: &BucketName,
    context: &Context,
) -> Result<MutationOutcome<bool>, StoreError> {
    let Some(before) = find(connection, project, name)? else {
        return Ok(MutationOutcome::Unchanged(false));
    };
    let is_frozen = before.rules.ceiling != Permissions::ALL;
    if is_frozen && !is_operator(context) {
        return Err(frozen(name));
    }
    let change = remove(connection, project, &before, "bucket.forget")?;
    Ok(MutationOutcome::Changed(true, change))
}

/// Takes a bucket's row and every grant on it away. Its ceiling is kept for the name.
pub(in crate::store) fn remove(
    connection: &mut DbConnection,
    project: &ProjectId,
    before: &Bucket,
    kind: &'static str,
) -> Result<Change, StoreError> {
    let name = &before.name;
    let grants = grants::clear(connection, project, name)?;
    diesel::delete(dsl::table.find((project.as_str(), name.as_str()))).execute(connection)?;
    ceilings::keep(connection, project, name, before.rules.ceiling)?;
    let mut rows = vec![LoggedRow::Bucket(Sides::of(Some(before), None))];
    rows.extend(grants.iter().map(|grant| LoggedRow::Grant(Sides::of(Some(grant), None))));
    Ok(Change {
        kind,
        bucket: Some(name.to_string()),
        object: None,
        detail: format!("forgot bucket {name} and {} grants on it", grants.len()),
        rows,
    })
}
