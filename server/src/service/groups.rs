//! The groups that Cargo keeps, and their members.

use std::collections::BTreeMap;

use sail_cargo_database::DbConnection;
use sail_cargo_database::change_log::{LoggedRow, Sides};
use sail_cargo_database::history::{Overlay, RowDiff, When, overlay, read_at};
use sail_cargo_database::tables::group_members;
use sail_cargo_database::tables::group_split::left_out;

use super::error::ServiceError;
use super::handle::Service;
use super::listing::{Listed, paginate};
use super::mutation::{Change, MutationOutcome, mutate};
use super::summaries::GroupSummary;
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
        self.change(move |session| {
            mutate(session, &project, &context, |connection, revision| {
                put(connection, &project, new.at(revision))
            })
        })
        .await
    }

    /// Removes a user from a group. Returns whether the user was a member.
    ///
    /// # Errors
    /// [`ServiceError::Database`] if the database does not answer.
    pub async fn delete_member(
        &self,
        project: ProjectId,
        group: SubjectId,
        user: SubjectId,
        context: Context,
    ) -> Result<At<bool>, ServiceError> {
        self.change(move |session| {
            mutate(session, &project, &context, |connection, _| {
                delete(connection, &project, &group, &user)
            })
        })
        .await
    }

    /// A page of the groups that have members or left tokens out, as they were `when`: at most
    /// `limit` groups after `after`, by name.
    ///
    /// # Errors
    /// [`ServiceError::Database`] if that part of the history is not kept.
    pub async fn groups(
        &self,
        project: ProjectId,
        when: When,
        after: String,
        limit: usize,
        context: Context,
    ) -> Result<At<Listed<GroupSummary>>, ServiceError> {
        let listed = self
            .read(project.clone(), context.at_least, move |connection, head| {
                let (revision, overlay) = overlay(connection, &project, head, when)?;
                let mut sizes = group_members::sizes(connection, &project)?;
                for ((group, _), diff) in &overlay.members {
                    let size = sizes.entry(group.to_string()).or_default();
                    *size += i64::from(diff.before.is_some()) - i64::from(diff.now.is_some());
                }
                let left_out = left_out(connection, &project)?;
                for group in &left_out {
                    sizes.entry(group.clone()).or_default();
                }
                let groups: Vec<GroupSummary> = sizes
                    .into_iter()
                    .map(|(name, size)| GroupSummary {
                        tokens_left_out: left_out.contains(&name),
                        name,
                        members: size.unsigned_abs(),
                    })
                    .filter(|group| group.members > 0 || group.tokens_left_out)
                    .filter(|group| group.name > after)
                    .take(limit + 1)
                    .collect();
                Ok(At { value: paginate(groups, limit), revision })
            })
            .await?;
        Ok(listed.value)
    }

    /// A page of a group's members as they were `when`: at most `limit` members after `after`, by
    /// user.
    ///
    /// # Errors
    /// [`ServiceError::Database`] if that part of the history is not kept.
    pub async fn members(
        &self,
        project: ProjectId,
        group: SubjectId,
        when: When,
        after: String,
        limit: usize,
        context: Context,
    ) -> Result<At<Listed<Membership>>, ServiceError> {
        let listed = self
            .read(project.clone(), context.at_least, move |connection, head| {
                let (revision, overlay) = overlay(connection, &project, head, when)?;
                let diffs = diffs(&overlay, |member| {
                    member.group == group && member.user.as_str() > after.as_str()
                });
                let fetch =
                    |limit| group_members::list(connection, &project, &group, &after, limit);
                let key = |member: &Membership| (member.group.clone(), member.user.clone());
                let members = read_at(diffs, limit + 1, key, fetch)?;
                Ok(At { value: paginate(members, limit), revision })
            })
            .await?;
        Ok(listed.value)
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
) -> Result<MutationOutcome<Membership>, ServiceError> {
    let before = group_members::find(connection, project, &after.group, &after.user)?;
    if let Some(before) = before.as_ref().filter(|before| before.expires_at == after.expires_at) {
        return Ok(MutationOutcome::Unchanged(before.clone()));
    }
    if before.is_some() {
        group_members::update(connection, project, &after)?;
    } else {
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
    group: &SubjectId,
    user: &SubjectId,
) -> Result<MutationOutcome<bool>, ServiceError> {
    let Some(before) = group_members::find(connection, project, group, user)? else {
        return Ok(MutationOutcome::Unchanged(false));
    };
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
