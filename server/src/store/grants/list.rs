//! Listings of grants, as they are and as they were.

use std::collections::BTreeMap;

use sail_cargo_protocol::SubjectKind;

use super::super::Database;
use super::super::connection::DbConnection;
use super::super::error::StoreError;
use super::super::history::{Overlay, RowDiff, When, overlay, read_at};
use super::admin::administered;
use super::{Position, StoredGrant, rows};
use crate::domain::{At, BucketName, Context, Prefix, ProjectId};

/// Which grants to list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct GrantFilter {
    /// On this bucket.
    pub bucket: Option<BucketName>,
    /// That name subjects of this kind.
    pub kind: Option<SubjectKind>,
    /// That name a subject called so.
    pub subject: Option<String>,
}

/// A part of a listing, and whether something follows.
pub type Listed<T> = (Vec<T>, bool);

/// The first `limit` of `items`, of which there is one more when something follows.
pub(in crate::store) fn paginate<T>(mut items: Vec<T>, limit: usize) -> Listed<T> {
    let more = items.len() > limit;
    items.truncate(limit);
    (items, more)
}

impl GrantFilter {
    fn lets_through(&self, grant: &StoredGrant) -> bool {
        let key = &grant.key;
        self.bucket.as_ref().is_none_or(|bucket| *bucket == key.bucket)
            && self.kind.is_none_or(|kind| kind == key.subject.kind())
            && self.subject.as_ref().is_none_or(|subject| subject == key.subject.name())
    }
}

impl Database {
    /// The grants that `filter` lets through and the caller administers, by position, behind
    /// `after`, at most `limit`; as they were `when`.
    ///
    /// # Errors
    /// The bucket is not the project's, or the caller administers no part of it. That part of
    /// the history is gone.
    pub async fn grants(
        &self,
        project: ProjectId,
        filter: GrantFilter,
        when: When,
        after: Option<Position>,
        limit: usize,
        context: Context,
    ) -> Result<At<Listed<StoredGrant>>, StoreError> {
        let listed = self
            .read(project.clone(), context.at_least, move |connection, head| {
                let sees: Box<dyn Fn(&Prefix) -> bool> = match &filter.bucket {
                    Some(bucket) => Box::new(administered(connection, &project, &context, bucket)?),
                    None => Box::new(|_| true),
                };
                let (revision, overlay) = overlay(connection, &project, head, when)?;
                let value = visible(connection, &project, &filter, &overlay, after, limit, &*sees)?;
                Ok(At { value, revision })
            })
            .await?;
        Ok(listed.value)
    }
}

/// Reads on until there are enough grants that the caller sees.
fn visible(
    connection: &mut DbConnection,
    project: &ProjectId,
    filter: &GrantFilter,
    overlay: &Overlay,
    mut after: Option<Position>,
    limit: usize,
    sees: &dyn Fn(&Prefix) -> bool,
) -> Result<Listed<StoredGrant>, StoreError> {
    let mut seen = Vec::new();
    loop {
        let batch = batch(connection, project, filter, overlay, after.as_ref(), limit + 1)?;
        let is_last = batch.len() <= limit;
        after = batch.last().map(|grant| grant.key.position());
        seen.extend(batch.into_iter().filter(|grant| sees(&grant.key.prefix)));
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
) -> Result<Vec<StoredGrant>, StoreError> {
    let diffs: BTreeMap<Position, RowDiff<StoredGrant>> = overlay
        .grants
        .iter()
        .filter(|(position, _)| after.is_none_or(|after| *position > after))
        .filter(|(_, diff)| {
            diff.before.as_ref().or(diff.now.as_ref()).is_some_and(|one| filter.lets_through(one))
        })
        .map(|(position, diff)| (position.clone(), diff.clone()))
        .collect();
    let fetch = |limit| rows::list(connection, project, filter, after, limit);
    read_at(diffs, limit, |grant| grant.key.position(), fetch)
}

/// Every grant on a bucket, as the past has it.
pub(in crate::store) fn all_on(
    connection: &mut DbConnection,
    project: &ProjectId,
    bucket: &BucketName,
    overlay: &Overlay,
) -> Result<Vec<StoredGrant>, StoreError> {
    let filter = GrantFilter { bucket: Some(bucket.clone()), ..GrantFilter::default() };
    let now = rows::list(connection, project, &filter, None, usize::MAX)?;
    Ok(at_revision(now, overlay, |grant| grant.key.bucket == *bucket))
}

/// Turns grants of today, which are all that `belongs` lets through, into those of the past.
pub(in crate::store) fn at_revision(
    now: Vec<StoredGrant>,
    overlay: &Overlay,
    belongs: impl Fn(&StoredGrant) -> bool,
) -> Vec<StoredGrant> {
    if overlay.grants.is_empty() {
        return now;
    }
    let unchanged =
        now.into_iter().filter(|grant| !overlay.grants.contains_key(&grant.key.position()));
    let then = overlay.grants.values().filter_map(|diff| diff.before.clone()).filter(&belongs);
    unchanged.chain(then).collect()
}
