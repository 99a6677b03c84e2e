//! Reads grants, at the current or at an earlier revision.

use std::collections::BTreeMap;

use sail_cargo_database::history::{Overlay, RowDiff, When, overlay, read_at};
use sail_cargo_database::tables::grants;
use sail_cargo_database::{DatabaseError, DbConnection};

use super::admin::{administered, demand_admin};
use crate::domain::{
    At, Context, GrantFilter, GrantKey, Position, ProjectId, Resource, StoredGrant,
};
use crate::service::error::ServiceError;
use crate::service::handle::Service;
use crate::service::listing::{Listed, paginate};

impl Service {
    /// One grant.
    ///
    /// # Errors
    /// [`ServiceError::NotFound`] if there is no such grant or bucket; [`ServiceError::Forbidden`]
    /// if the caller does not administer this part of the bucket.
    pub async fn grant(
        &self,
        project: ProjectId,
        key: GrantKey,
        context: Context,
    ) -> Result<At<StoredGrant>, ServiceError> {
        self.read(project.clone(), context.at_least, move |connection, _| {
            demand_admin(connection, &project, &context, &key)?;
            grants::find(connection, &project, &key)?.ok_or(ServiceError::NotFound(Resource::Grant))
        })
        .await
    }

    /// A page of the grants that match `filter` and that the caller administers, as they were
    /// `when`: at most `limit` grants after `after`, by position.
    ///
    /// # Errors
    /// [`ServiceError::NotFound`] if the project has no such bucket, or the caller administers no
    /// part of it; [`ServiceError::Database`] if that part of the history is not kept.
    pub async fn grants(
        &self,
        project: ProjectId,
        filter: GrantFilter,
        when: When,
        after: Option<Position>,
        limit: usize,
        context: Context,
    ) -> Result<At<Listed<StoredGrant>>, ServiceError> {
        let listed = self
            .read(project.clone(), context.at_least, move |connection, head| {
                let sees: Box<dyn Fn(&GrantKey) -> bool> = if let Some(bucket) = &filter.bucket {
                    let sees = administered(connection, &project, &context, bucket)?;
                    Box::new(move |key| sees(key.prefix.literal_part()))
                } else {
                    // Of their own grants a user sees those that their key reaches.
                    let limits = context.caller.key_limits().cloned().unwrap_or_default();
                    Box::new(move |key| limits.reach(&key.bucket, key.prefix.literal_part()))
                };
                let (revision, overlay) = overlay(connection, &project, head, when)?;
                let value = visible(connection, &project, &filter, &overlay, after, limit, &*sees)?;
                Ok(At { value, revision })
            })
            .await?;
        Ok(listed.value)
    }
}

/// Reads batches until the page is full of grants that the caller may see.
fn visible(
    connection: &mut DbConnection,
    project: &ProjectId,
    filter: &GrantFilter,
    overlay: &Overlay,
    mut after: Option<Position>,
    limit: usize,
    sees: &dyn Fn(&GrantKey) -> bool,
) -> Result<Listed<StoredGrant>, ServiceError> {
    let mut seen = Vec::new();
    loop {
        let batch = batch(connection, project, filter, overlay, after.as_ref(), limit + 1)?;
        let is_last = batch.len() <= limit;
        after = batch.last().map(|grant| grant.key.position());
        seen.extend(batch.into_iter().filter(|grant| sees(&grant.key)));
        if is_last || seen.len() > limit {
            return Ok(paginate(seen, limit));
        }
    }
}

fn batch(
    connection: &mut DbConnection,
    project: &ProjectId,
    filter: &GrantFilter,
    overlay: &Overlay,
    after: Option<&Position>,
    limit: usize,
) -> Result<Vec<StoredGrant>, DatabaseError> {
    let diffs: BTreeMap<Position, RowDiff<StoredGrant>> = overlay
        .grants
        .iter()
        .filter(|(position, _)| after.is_none_or(|after| *position > after))
        .filter(|(_, diff)| {
            diff.before.as_ref().or(diff.now.as_ref()).is_some_and(|one| filter.lets_through(one))
        })
        .map(|(position, diff)| (position.clone(), diff.clone()))
        .collect();
    let fetch = |limit| grants::list(connection, project, filter, after, limit);
    read_at(diffs, limit, |grant| grant.key.position(), fetch)
}
