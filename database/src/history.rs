//! The state of a project at an earlier revision, computed by undoing the later changes.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use crate::change_log::{self, LoggedAccount, LoggedRow, Sides};
use crate::connection::DbConnection;
use crate::domain::session::SessionsEnd;
use crate::domain::{
    AccessKeyId, Bucket, BucketName, KeyId, Membership, Position, Project, ProjectId, Revision,
    StoredAccessKey, StoredGrant, StoredKey, SubjectId, limits,
};
use crate::error::DatabaseError;
use crate::tables::changes;

const TOO_LONG_AGO: &str = "too many changes since the listing began: begin it again";
const NOT_KEPT: &str = "that part of the history is no longer available";

/// Which state of a project to read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    /// The current state.
    Now,
    /// The state at a revision: later pages of a listing show the state of its first page.
    Revision(Revision),
    /// The state at this instant.
    Instant(DateTime<Utc>),
}

/// One row at an earlier revision and now; `None` where the row does not exist.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowDiff<T> {
    /// The row at the earlier revision.
    pub before: Option<T>,
    /// The row now.
    pub now: Option<T>,
}

/// Every row that differs between an earlier revision and now.
#[derive(Debug, Default)]
pub struct Overlay {
    /// Grants, by position.
    pub grants: BTreeMap<Position, RowDiff<StoredGrant>>,
    /// Memberships, by group and user.
    pub members: BTreeMap<(SubjectId, SubjectId), RowDiff<Membership>>,
    /// Buckets, by name.
    pub buckets: BTreeMap<BucketName, RowDiff<Bucket>>,
    /// API keys, by id.
    pub keys: BTreeMap<KeyId, RowDiff<StoredKey>>,
    /// API keys, by id.
    pub access_keys: BTreeMap<AccessKeyId, RowDiff<StoredAccessKey>>,
    /// Accounts, by user.
    pub accounts: BTreeMap<SubjectId, RowDiff<LoggedAccount>>,
    /// By user.
    pub sessions_ends: BTreeMap<SubjectId, RowDiff<SessionsEnd>>,
    /// The project as it was; `None` if it has not changed since.
    pub project: Option<Project>,
}

/// The revision that `when` names, and what has changed between it and `head`.
pub fn overlay(
    connection: &mut DbConnection,
    project: &ProjectId,
    head: Revision,
    when: When,
) -> Result<(Revision, Overlay), DatabaseError> {
    let before = match when {
        When::Now => return Ok((head, Overlay::default())),
        When::Revision(revision) => {
            head.demand(Some(revision))?;
            revision
        }
        When::Instant(at) => head.with_number(changes::last_before(connection, project, at)?),
    };
    Ok((before, undo(connection, project, before, head)?))
}

/// The rows that differ between the revisions `before` and `head`.
///
/// # Errors
/// [`DatabaseError::Gone`] if that part of the history is not kept or is too long;
/// [`DatabaseError::NewerHistory`] if a newer version wrote it.
pub fn undo(
    connection: &mut DbConnection,
    project: &ProjectId,
    before: Revision,
    head: Revision,
) -> Result<Overlay, DatabaseError> {
    let mut overlay = Overlay::default();
    let behind = head.number() - before.number();
    if behind > limits::MAX_UNDONE_REVISIONS {
        return Err(DatabaseError::Gone(TOO_LONG_AGO));
    }
    if behind == 0 {
        return Ok(overlay);
    }
    let bodies = changes::bodies_behind(connection, project, before.number())?;
    if i64::try_from(bodies.len()) != Ok(behind) {
        return Err(DatabaseError::Gone(NOT_KEPT));
    }
    let mut rows = 0;
    for body in bodies {
        let touched = change_log::rows(&body)?.ok_or(DatabaseError::Gone(NOT_KEPT))?;
        rows += touched.len();
        if rows > limits::MAX_UNDONE_ROWS {
            return Err(DatabaseError::Gone(TOO_LONG_AGO));
        }
        for row in touched {
            overlay.undo(row)?;
        }
    }
    Ok(overlay)
}

impl Overlay {
    /// Adds one row of a change. Call it for the changes in order, oldest first.
    fn undo(&mut self, row: LoggedRow) -> Result<(), DatabaseError> {
        match row {
            LoggedRow::Grant(sides) => {
                let diff: RowDiff<StoredGrant> = sides.try_into()?;
                diff.merge(&mut self.grants, |grant| grant.key.position());
            }
            LoggedRow::Bucket(sides) => {
                let diff: RowDiff<Bucket> = sides.try_into()?;
                diff.merge(&mut self.buckets, |bucket| bucket.name.clone());
            }
            LoggedRow::Member(sides) => {
                let diff: RowDiff<Membership> = sides.try_into()?;
                diff.merge(&mut self.members, |member| (member.group.clone(), member.user.clone()));
            }
            LoggedRow::ApiKey(sides) => {
                let diff: RowDiff<StoredKey> = sides.try_into()?;
                diff.merge(&mut self.keys, |key| key.id.clone());
            }
            LoggedRow::AccessKey(sides) => {
                let diff: RowDiff<StoredAccessKey> = sides.try_into()?;
                diff.merge(&mut self.access_keys, |key| key.id.clone());
            }
            LoggedRow::Account(sides) => {
                let diff: RowDiff<LoggedAccount> = sides.try_into()?;
                diff.merge(&mut self.accounts, |account| account.user.clone());
            }
            LoggedRow::SessionsEnd(sides) => {
                let diff: RowDiff<SessionsEnd> = sides.try_into()?;
                diff.merge(&mut self.sessions_ends, |end| end.user.clone());
            }
            LoggedRow::Project(sides) => {
                if self.project.is_none() {
                    self.project = sides.before.map(TryInto::try_into).transpose()?;
                }
            }
            // A group is its members. The list of left-out tokens is kept for the present only.
            LoggedRow::Group(_) => {}
        }
        Ok(())
    }
}

impl<R, T: TryFrom<R, Error = DatabaseError>> TryFrom<Sides<R>> for RowDiff<T> {
    type Error = DatabaseError;

    fn try_from(sides: Sides<R>) -> Result<Self, DatabaseError> {
        Ok(Self {
            before: sides.before.map(T::try_from).transpose()?,
            now: sides.after.map(T::try_from).transpose()?,
        })
    }
}

impl<T> RowDiff<T> {
    /// Adds this diff to `diffs`. For each row the first change gives the earlier state, and the
    /// last change the current one.
    fn merge<K: Ord>(self, diffs: &mut BTreeMap<K, Self>, key: impl Fn(&T) -> K) {
        let Some(key) = self.before.as_ref().or(self.now.as_ref()).map(key) else { return };
        match diffs.entry(key) {
            std::collections::btree_map::Entry::Vacant(entry) => {
                entry.insert(self);
            }
            std::collections::btree_map::Entry::Occupied(mut entry) => {
                entry.get_mut().now = self.now;
            }
        }
    }
}

/// The first `limit` rows after a position, as they were at an earlier revision. `fetch` returns up
/// to the given number of current rows after that position, in order. `diffs` are the rows after
/// that position that have changed since.
pub fn read_at<K: Ord, T>(
    diffs: BTreeMap<K, RowDiff<T>>,
    limit: usize,
    key: impl Fn(&T) -> K,
    fetch: impl FnOnce(usize) -> Result<Vec<T>, DatabaseError>,
) -> Result<Vec<T>, DatabaseError> {
    let mut rows = fetch(limit + diffs.len())?;
    // Only rows in `diffs` are dropped below. `fetch` was asked for that many more, so enough rows
    // remain.
    rows.retain(|row| !diffs.contains_key(&key(row)));
    rows.extend(diffs.into_values().filter_map(|diff| diff.before));
    rows.sort_by_key(|row| key(row));
    rows.truncate(limit);
    Ok(rows)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_of_the_past_is_the_page_that_would_have_been_read_then() {
        // Today: 1, 2, 4, 6; then: 1, 3, 4', 6.
        let diff = |before: Option<(u8, u8)>, now: Option<(u8, u8)>| RowDiff { before, now };
        let diffs = BTreeMap::from([
            (2, diff(None, Some((2, 0)))),
            (3, diff(Some((3, 0)), None)),
            (4, diff(Some((4, 9)), Some((4, 0)))),
        ]);
        let today = [(1, 0), (2, 0), (4, 0), (6, 0)];
        for limit in 1..6 {
            let page = read_at(
                diffs.clone(),
                limit,
                |row| row.0,
                |limit| Ok(today.iter().copied().take(limit).collect()),
            );
            let before = [(1, 0), (3, 0), (4, 9), (6, 0)];
            assert_eq!(page.unwrap(), before[..limit.min(4)]);
        }
    }

    #[test]
    fn the_first_change_says_how_it_was_and_the_last_how_it_is() {
        let mut diffs = BTreeMap::new();
        for (before, now) in [(Some(1), Some(2)), (Some(2), None), (None, Some(3))] {
            RowDiff { before, now }.merge(&mut diffs, |_| "key");
        }
        assert_eq!(diffs["key"], RowDiff { before: Some(1), now: Some(3) });
    }
}
