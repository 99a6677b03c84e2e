//! The groups that Cargo keeps, and their members.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use sail_cargo_database::DbConnection;
use sail_cargo_database::change_log::{LoggedRow, Sides};
use sail_cargo_database::history::{Overlay, RowDiff, read_at};
use sail_cargo_database::tables::accounts;
use sail_cargo_database::tables::group_members;
use sail_cargo_database::tables::group_split::left_out;

use super::accounts::{demand_another_admin, refuse_usernames};
use super::error::ServiceError;
use super::handle::{Service, UserNames};
use super::listing::{Listed, Listing};
use super::mutation::{Change, MutationOutcome, mutate};
use super::summaries::GroupSummary;
use crate::domain::account::ADMINS;
use crate::domain::limits::MAX_GROUPS_PER_USER;
use crate::domain::{At, Conflict, Context, Membership, NewMember, ProjectId, SubjectId};

impl Service {
    /// Adds a user to a group, or changes when the membership ends.
    ///
    /// # Errors
    /// [`ServiceError::Conflict`] if the user is in too many groups already.
    pub async fn put_member(
        &self,
        project: ProjectId,
        new: NewMember,
        context: Context,
    ) -> Result<At<Membership>, ServiceError> {
        let users = self.users;
        self.change(move |session| {
            mutate(session, &project, &context, |connection, revision| {
                put(connection, &project, new.at(revision), context.now, users)
            })
        })
        .await
    }

    /// Removes a user from a group. Returns whether the user was a member.
    ///
    /// # Errors
    /// [`Conflict::LastAccountAdmin`] if nobody would be left who administers the project's accounts.
    pub async fn delete_member(
        &self,
        project: ProjectId,
        group: SubjectId,
        user: SubjectId,
        context: Context,
    ) -> Result<At<bool>, ServiceError> {
        let users = self.users;
        self.change(move |session| {
            mutate(session, &project, &context, |connection, _| {
                delete(connection, &project, (&group, &user), context.now, users)
            })
        })
        .await
    }

    /// A page of the groups that have members or left tokens out, by name.
    ///
    /// # Errors
    /// [`ServiceError::Database`] if that part of the history is not kept.
    pub async fn groups(
        &self,
        listing: Listing,
        context: Context,
    ) -> Result<At<Listed<GroupSummary>>, ServiceError> {
        self.list(listing, context, |connection, page, overlay| {
            let mut sizes = group_members::sizes(connection, &page.project)?;
            for ((group, _), diff) in &overlay.members {
                let size = sizes.entry(group.to_string()).or_default();
                *size += i64::from(diff.before.is_some()) - i64::from(diff.now.is_some());
            }
            let left_out = left_out(connection, &page.project)?;
            for group in &left_out {
                sizes.entry(group.clone()).or_default();
            }
            let groups = sizes
                .into_iter()
                .map(|(name, size)| GroupSummary {
                    tokens_left_out: left_out.contains(&name),
                    name,
                    members: size.unsigned_abs(),
                })
                .filter(|group| group.members > 0 || group.tokens_left_out)
                .filter(|group| group.name > page.after)
                .take(page.limit + 1);
            Ok(groups.collect())
        })
        .await
    }

    /// A page of the members of `group`, by user.
    ///
    /// # Errors
    /// [`ServiceError::Database`] if that part of the history is not kept.
    pub async fn members(
        &self,
        listing: Listing,
        group: SubjectId,
        context: Context,
    ) -> Result<At<Listed<Membership>>, ServiceError> {
        self.list(listing, context, move |connection, page, overlay| {
            let Listing { project, after, limit, .. } = page;
            let diffs = diffs(&overlay, |member| {
                member.group == group && member.user.as_str() > after.as_str()
            });
            let fetch = |limit| group_members::list(connection, project, &group, after, limit);
            let key = |member: &Membership| (member.group.clone(), member.user.clone());
            Ok(read_at(diffs, limit + 1, key, fetch)?)
        })
        .await
    }
}

fn diffs(
    overlay: &Overlay,
    belongs: impl Fn(&Membership) -> bool,
) -> BTreeMap<(SubjectId, SubjectId), RowDiff<Membership>> {
    overlay
        .members
        .iter()
        .filter(|(_, diff)| diff.before.as_ref().or(diff.now.as_ref()).is_some_and(&belongs))
        .map(|(key, diff)| (key.clone(), diff.clone()))
        .collect()
}

fn put(
    connection: &mut DbConnection,
    project: &ProjectId,
    after: Membership,
    now: DateTime<Utc>,
    users: UserNames,
) -> Result<MutationOutcome<Membership>, ServiceError> {
    let before = group_members::find(connection, project, &after.group, &after.user)?;
    if let Some(before) = before.as_ref().filter(|before| before.expires_at == after.expires_at) {
        return Ok(MutationOutcome::Unchanged(before.clone()));
    }
    if let Some(before) = &before {
        if ends_earlier(before, &after) {
            demand_another_in(connection, project, (&after.group, &after.user), now, users)?;
        }
        group_members::update(connection, project, &after)?;
    } else {
        if users == UserNames::Accounts {
            refuse_usernames(connection, project, [&after.user])?;
        }
        check_count(connection, project, &after.user)?;
        group_members::insert(connection, project, &after)?;
    }
    let change = Change {
        kind: "member.put",
        bucket: None,
        object: Some(format!("group:{} user:{}", after.group, after.user)),
        detail: format!("made user:{} a member of group:{}", after.user, after.group),
        rows: vec![LoggedRow::Member(Sides::of(before.as_ref(), Some(&after)))],
    };
    Ok(MutationOutcome::Changed(after, change))
}

fn ends_earlier(before: &Membership, after: &Membership) -> bool {
    after.expires_at.is_some_and(|end| before.expires_at.is_none_or(|old| end < old))
}

/// Refuses to put the last administrator of accounts out of their group. Where there are no accounts, it is a group
/// like any other.
fn demand_another_in(
    connection: &mut DbConnection,
    project: &ProjectId,
    (group, user): (&SubjectId, &SubjectId),
    now: DateTime<Utc>,
    users: UserNames,
) -> Result<(), ServiceError> {
    if group.as_str() == ADMINS && accounts::has_any(connection, project)? {
        demand_another_admin(connection, project, user, now, users)?;
    }
    Ok(())
}

fn check_count(
    connection: &mut DbConnection,
    project: &ProjectId,
    user: &SubjectId,
) -> Result<(), ServiceError> {
    let groups = group_members::count_of_user(connection, project, user)?;
    if groups < MAX_GROUPS_PER_USER {
        return Ok(());
    }
    Err(Conflict::TooManyGroups(user.clone()).into())
}

fn delete(
    connection: &mut DbConnection,
    project: &ProjectId,
    (group, user): (&SubjectId, &SubjectId),
    now: DateTime<Utc>,
    users: UserNames,
) -> Result<MutationOutcome<bool>, ServiceError> {
    let Some(before) = group_members::find(connection, project, group, user)? else {
        return Ok(MutationOutcome::Unchanged(false));
    };
    demand_another_in(connection, project, (group, user), now, users)?;
    group_members::delete(connection, project, group, user)?;
    let change = Change {
        kind: "member.delete",
        bucket: None,
        object: Some(format!("group:{group} user:{user}")),
        detail: format!("took user:{user} out of group:{group}"),
        rows: vec![LoggedRow::Member(Sides::of(Some(&before), None))],
    };
    Ok(MutationOutcome::Changed(true, change))
}
