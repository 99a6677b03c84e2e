//! `bucket`: which bucket belongs to which project.

use diesel::prelude::*;
use serde_json::json;

use super::Store;
use super::connection::DbConnection;
use super::error::StoreError;
use super::rows::permissions;
use super::schema::{bucket as dsl, grant_, project, store};
use super::write::{Change, Context, Effect, mutate};
use crate::domain::{BucketName, BucketRules, Caller, Permissions, ProjectId};

/// A registered bucket.
#[derive(Debug, Clone)]
pub struct Bucket {
    /// Its name.
    pub name: BucketName,
    /// What holds for everybody in it.
    pub rules: BucketRules,
    /// The revision that registered it.
    pub created_revision: i64,
}

/// The rules a bucket shall have.
#[derive(Debug, Clone, Copy)]
pub struct NewRules {
    /// What everybody may do.
    pub public: Permissions,
    /// The most anybody may do; as it is, when absent.
    pub ceiling: Option<Permissions>,
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
        rules: NewRules,
        context: Context,
    ) -> Result<Bucket, StoreError> {
        self.run(move |connection| put(connection, &project, &name, Some(rules), &context)).await
    }

    /// Registers a bucket that is about to be created; one that is registered stays as it is.
    ///
    /// # Errors
    /// The name belongs to another project of the same store.
    pub async fn claim_bucket(
        &self,
        project: ProjectId,
        name: BucketName,
        context: Context,
    ) -> Result<Bucket, StoreError> {
        self.run(move |connection| put(connection, &project, &name, None, &context)).await
    }

    /// One bucket of the project.
    ///
    /// # Errors
    /// It is not registered to the project.
    pub async fn bucket(&self, project: ProjectId, name: BucketName) -> Result<Bucket, StoreError> {
        self.run(move |connection| {
            find(connection, &project, &name)?.ok_or(StoreError::NotFound("bucket"))
        })
        .await
    }

    /// The project's buckets by name, after `after`, at most `limit`.
    ///
    /// # Errors
    /// The database is not available.
    pub async fn buckets(
        &self,
        project: ProjectId,
        after: String,
        limit: i64,
    ) -> Result<Vec<Bucket>, StoreError> {
        self.run(move |connection| {
            dsl::table
                .filter(dsl::project_id.eq(project.as_str()))
                .filter(dsl::name.gt(after))
                .order(dsl::name)
                .limit(limit)
                .select(COLUMNS)
                .load::<Row>(connection)?
                .into_iter()
                .map(bucket)
                .collect()
        })
        .await
    }

    /// Forgets a bucket and every grant on it; whether it was there. In S3 nothing changes.
    ///
    /// # Errors
    /// The database is not available.
    pub async fn forget_bucket(
        &self,
        project: ProjectId,
        name: BucketName,
        context: Context,
    ) -> Result<bool, StoreError> {
        self.run(move |connection| forget(connection, &project, &name, &context)).await
    }
}

/// `rules: None` keeps the rules of a bucket that is registered.
fn put(
    connection: &mut DbConnection,
    project: &ProjectId,
    name: &BucketName,
    rules: Option<NewRules>,
    context: &Context,
) -> Result<Bucket, StoreError> {
    mutate(connection, project, context, |connection, revision| {
        let before = find(connection, project, name)?;
        let open = BucketRules { public: Permissions::NONE, ceiling: Permissions::ALL };
        let now = before.as_ref().map_or(open, |bucket| bucket.rules);
        let after = Bucket {
            name: name.clone(),
            rules: rules.map_or(now, |new| BucketRules {
                public: new.public,
                ceiling: new.ceiling.unwrap_or(now.ceiling),
            }),
            created_revision: before.as_ref().map_or(revision, |bucket| bucket.created_revision),
        };
        demand_operator(connection, project, context, before.as_ref(), &after)?;
        match &before {
            Some(before) if before.rules == after.rules => return Ok(Effect::Unchanged(after)),
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
            body: json!({
                "before": before.as_ref().map(|bucket| snapshot(bucket.rules)),
                "after": snapshot(after.rules),
            }),
        };
        Ok(Effect::Changed(after, change))
    })
    .map_err(|error| taken(error, name))
}

/// What root cannot do by itself: take names in an account that others share, and lift what an
/// operator froze.
fn demand_operator(
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

fn snapshot(rules: BucketRules) -> serde_json::Value {
    json!({ "public": rules.public.bits(), "ceiling": rules.ceiling.bits() })
}

/// A unique violation here means one thing: the name is somebody else's.
fn taken(error: StoreError, name: &BucketName) -> StoreError {
    match error {
        StoreError::Conflict { code: "already_exists", .. } => StoreError::Conflict {
            code: "bucket_taken",
            detail: format!("the bucket name `{name}` is not available in this store"),
        },
        other => other,
    }
}

fn insert(
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
            dsl::settings.eq("{}"),
            dsl::created_rev.eq(bucket.created_revision),
        ))
        .execute(connection)?;
    Ok(())
}

fn update(
    connection: &mut DbConnection,
    project: &ProjectId,
    bucket: &Bucket,
) -> Result<(), StoreError> {
    diesel::update(dsl::table.find((project.as_str(), bucket.name.as_str())))
        .set((
            dsl::public_perms.eq(bucket.rules.public.bits()),
            dsl::ceiling.eq(bucket.rules.ceiling.bits()),
        ))
        .execute(connection)?;
    Ok(())
}

fn forget(
    connection: &mut DbConnection,
    project: &ProjectId,
    name: &BucketName,
    context: &Context,
) -> Result<bool, StoreError> {
    mutate(connection, project, context, |connection, _| {
        let is_frozen = find(connection, project, name)?
            .is_some_and(|bucket| bucket.rules.ceiling != Permissions::ALL);
        if is_frozen && !matches!(context.caller, Caller::Operator { .. }) {
            return Err(frozen(name));
        }
        let grants = diesel::delete(
            grant_::table
                .filter(grant_::project_id.eq(project.as_str()))
                .filter(grant_::bucket.eq(name.as_str())),
        )
        .execute(connection)?;
        let buckets = diesel::delete(dsl::table.find((project.as_str(), name.as_str())))
            .execute(connection)?;
        if buckets == 0 {
            return Ok(Effect::Unchanged(false));
        }
        let change = Change {
            kind: "bucket.forget",
            bucket: Some(name.to_string()),
            object: None,
            detail: format!("forgot bucket {name} and {grants} grants on it"),
            body: json!({ "grants": grants }),
        };
        Ok(Effect::Changed(true, change))
    })
}

type Row = (String, i16, i16, i64);

const COLUMNS: (dsl::name, dsl::public_perms, dsl::ceiling, dsl::created_rev) =
    (dsl::name, dsl::public_perms, dsl::ceiling, dsl::created_rev);

fn find(
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
    let (name, public, ceiling, created_revision) = row;
    Ok(Bucket {
        name: BucketName::parse(&name).map_err(StoreError::corrupt)?,
        rules: BucketRules { public: permissions(public)?, ceiling: permissions(ceiling)? },
        created_revision,
    })
}
