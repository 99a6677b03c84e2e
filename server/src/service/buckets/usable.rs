//! The buckets that a caller can use, as S3's ListBuckets shows them.

use chrono::{DateTime, Utc};
use sail_cargo_database::SnapshotReader;
use sail_cargo_database::history::Overlay;
use sail_cargo_database::tables::{buckets, changes};

use crate::cache::{BucketRange, State, UsableWalk};
use crate::domain::holdings::{by_bucket, sees};
use crate::domain::limits::MAX_EXAMINED_BUCKETS;
use crate::domain::{BucketName, BucketState, Context, ProjectId};
use crate::service::error::ServiceError;
use crate::service::handle::Service;

/// How many buckets are looked at at once.
const STEP: usize = 1000;

/// A bucket that a caller can use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UsableBucket {
    /// Its name.
    pub name: BucketName,
    /// When it was registered. `None` if that part of the history has been pruned.
    pub registered_at: Option<DateTime<Utc>>,
}

/// A page of the buckets that a caller can use.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct UsableBuckets {
    /// By name.
    pub buckets: Vec<UsableBucket>,
    /// Behind which name there may be more.
    pub next: Option<String>,
}

impl Service {
    /// The buckets of a range that the caller can use, by name. An application key sees all of them, a user
    /// those in which they hold a permission. A bucket whose creation is not settled is left out.
    ///
    /// Told by what is remembered, and by the database where the project is not. A page ends where its limit
    /// is reached, or [`MAX_EXAMINED_BUCKETS`] were looked at.
    ///
    /// # Errors
    /// [`ServiceError::Database`].
    pub async fn usable_buckets(
        &self,
        project: &ProjectId,
        range: &BucketRange,
        context: &Context,
    ) -> Result<UsableBuckets, ServiceError> {
        let (mut found, mut after) = (Vec::new(), range.after.clone());
        let mut next = None;
        for _ in 0..MAX_EXAMINED_BUCKETS.div_ceil(STEP) {
            let prefix = range.prefix.clone();
            let part = BucketRange { prefix, after, limit: range.limit + 1 - found.len() };
            let walk = self.walk_buckets(project, part, context).await?;
            found.extend(walk.found);
            next = walk.next;
            match &next {
                Some(next) if found.len() <= range.limit => after = next.clone(),
                _ => break,
            }
            tokio::task::yield_now().await;
        }
        if found.len() > range.limit {
            found.truncate(range.limit);
            next = found.last().map(|(name, _): &(BucketName, _)| name.to_string());
        }
        let bucket = |(name, registered_at)| UsableBucket { name, registered_at };
        Ok(UsableBuckets { buckets: found.into_iter().map(bucket).collect(), next })
    }

    /// The first of a range, after a look at some of its buckets.
    async fn walk_buckets(
        &self,
        project: &ProjectId,
        range: BucketRange,
        context: &Context,
    ) -> Result<UsableWalk, ServiceError> {
        let cached = |state: &State| Some(state.usable(&context.caller, &range, STEP, context.now));
        if let Some(walk) = self.cache.get_if_fresh(project, context.at_least, cached) {
            return Ok(walk);
        }
        let (project, context) = (project.clone(), context.clone());
        let read = self.read(project.clone(), context.at_least, move |connection, revision| {
            let (overlay, now) = (Overlay::default(), context.now);
            let reader = SnapshotReader { project: &project, overlay: &overlay, revision, now };
            let place = (range.prefix.as_str(), range.after.as_str());
            let facts = buckets::facts_behind(connection, &project, place, STEP)?;
            let last =
                (facts.len() == STEP).then(|| facts.last().map(|last| last.name.to_string()));
            let rules = reader.rules_of(connection, facts.clone())?;
            let authority = reader.with_grants(connection, &rules, &context.caller, None)?;
            let names: Vec<_> = facts.iter().map(|facts| facts.name.clone()).collect();
            let held = by_bucket(authority, &context.caller, &names, now);
            let seen = facts.iter().zip(held).filter(|(facts, held)| {
                facts.state != BucketState::Claimed && sees(&context.caller, &facts.name, held)
            });
            let seen: Vec<_> = seen.map(|(facts, _)| facts).take(range.limit).collect();
            let revisions: Vec<_> = seen.iter().map(|facts| facts.created_revision).collect();
            let made = changes::made_at_each(connection, &project, &revisions)?;
            let dated = |facts: &&buckets::BucketFacts| {
                (facts.name.clone(), made.get(&facts.created_revision).copied())
            };
            Ok(UsableWalk { found: seen.iter().map(dated).collect(), next: last.flatten() })
        });
        Ok(read.await?.value)
    }
}
