//! The past: what was there at an earlier revision, found by undoing the changes behind it.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use crate::change_log::{self, LoggedRow, Sides};
use crate::connection::DbConnection;
use crate::domain::session::SessionsEnd;
use crate::domain::{
    AccessKeyId, Bucket, BucketName, KeyId, Membership, Position, Project, ProjectId, Revision,
    StoredAccessKey, StoredGrant, StoredKey, SubjectId, limits,
};
use crate::error::DatabaseError;
use crate::tables::changes;

const TOO_LONG_AGO: &str = "too much has changed since: begin the listing again";
const NOT_KEPT: &str = "that part of the history is not kept";

/// Which state of the project is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    /// As it is.
    Now,
    /// As it was when a listing began, whose later pages show the same.
    Revision(Revision),
    /// As it was at this instant.
    Instant(DateTime<Utc>),
}

/// One row at the revision that is asked for, and today; none where it is not there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowDiff<T> {
    /// As it was.
    pub before: Option<T>,
    /// As it is.
    pub now: Option<T>,
}

/// Every row that is another today than it was.
#[derive(Debug, Default)]
pub struct Overlay {
    /// By position.
    pub grants: BTreeMap<Position, RowDiff<StoredGrant>>,
    /// By group and user.
    pub members: BTreeMap<(SubjectId, SubjectId), RowDiff<Membership>>,
    /// By name.
    pub buckets: BTreeMap<BucketName, RowDiff<Bucket>>,
    /// By id.
    pub keys: BTreeMap<KeyId, RowDiff<StoredKey>>,
    /// By id.
    pub access_keys: BTreeMap<AccessKeyId, RowDiff<StoredAccessKey>>,
    /// By user.
    pub sessions_ends: BTreeMap<SubjectId, RowDiff<SessionsEnd>>,
    /// The project itself, as it was.
    pub project: Option<Project>,
}

/// The revision that `when` means, and what has changed since.
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

/// Every row that is another at `head` than it was at `before`.
///
/// # Errors
/// [`DatabaseError::Gone`] where that part of the history is not kept, or is too long;
/// [`DatabaseError::NewerHistory`] where a newer version wrote it.
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
    /// Takes in one row of a change; changes come oldest first.
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
            LoggedRow::SessionsEnd(sides) => {
                let diff: RowDiff<SessionsEnd> = sides.try_into()?;
                diff.merge(&mut self.sessions_ends, |end| end.user.clone());
            }
            LoggedRow::Project(sides) => {
                if self.project.is_none() {
                    self.project = sides.before.map(TryInto::try_into).transpose()?;
                }
            }
            // A group is its members. Which tokens are left out of it is a matter of today.
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
    /// The first change of a row says how it was, the last one how it is.
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

/// The first `limit` rows behind a place, as they were. `fetch` gives as many rows as it is asked
/// for of those that are there today, behind that place and in order; `diffs` are the rows behind
/// it that are others today.
pub fn read_at<K: Ord, T>(
    diffs: BTreeMap<K, RowDiff<T>>,
    limit: usize,
    key: impl Fn(&T) -> K,
    fetch: impl FnOnce(usize) -> Result<Vec<T>, DatabaseError>,
) -> Result<Vec<T>, DatabaseError> {
    let mut rows = fetch(limit + diffs.len())?;
    // Rows that are there today and were not, or were others, are the only ones to leave out: of
    // as many more as that, enough stay.
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
