//! `group_member`: groups that Cargo keeps itself.

use std::collections::BTreeMap;

use chrono::{DateTime, SubsecRound as _, Utc};
use diesel::prelude::*;
use sail_cargo_protocol::Group;

use super::Database;
use super::change_log::{LoggedRow, Sides};
use super::connection::{Backend, DbConnection};
use super::error::StoreError;
use super::grants::{Listed, paginate};
use super::group_split::left_out;
use super::history::{Overlay, RowDiff, When, overlay, read_at};
use super::membership::Membership;
use super::rows::{maybe_instant, micros};
use super::schema::group_member as dsl;
use super::write::{Change, MutationOutcome, mutate};
use crate::domain::caller::User;
use crate::domain::limits::MAX_GROUPS_PER_USER;
use crate::domain::{At, Context, ProjectId, SubjectId};

impl Database {
    /// Makes a user a member, or changes until when they are one.
    ///
    /// # Errors
    /// The user is in too many groups already.
    pub async fn put_member(
        &self,
        project: ProjectId,
        group: SubjectId,
        user: SubjectId,
        expires_at: Option<DateTime<Utc>>,
        context: Context,
    ) -> Result<At<Membership>, StoreError> {
        let expires_at = expires_at.map(|at| at.trunc_subsecs(6));
        self.change(move |session| {
            mutate(session, &project, &context, |connection, updated_revision| {
                put(connection, &project, Membership { group, user, expires_at, updated_revision })
            })
        })
        .await
    }

    /// Takes a user out of a group; whether they were in it.
    ///
    /// # Errors
    /// The database is not available.
    pub async fn delete_member(
        &self,
        project: ProjectId,
        group: SubjectId,
        user: SubjectId,
        context: Context,
    ) -> Result<At<bool>, StoreError> {
        self.change(move |session| {
            mutate(session, &project, &context, |connection, _| {
                delete(connection, &project, &group, &user)
            })
        })
        .await
    }

    /// The groups with members, and those that tokens were left out of, by name, behind `after`, at
    /// most `limit`.
    ///
    /// # Errors
    /// That part of the history is gone.
    pub async fn groups(
        &self,
        project: ProjectId,
        when: When,
        after: String,
        limit: usize,
        context: Context,
    ) -> Result<At<Listed<Group>>, StoreError> {
        let listed = self
            .read(project.clone(), context.at_least, move |connection, head| {
                let (revision, overlay) = overlay(connection, &project, head, when)?;
                let mut sizes = sizes(connection, &project)?;
                for ((group, _), diff) in &overlay.members {
                    let size = sizes.entry(group.to_string()).or_default();
                    *size += i64::from(diff.before.is_some()) - i64::from(diff.now.is_some());
                }
                let left_out = left_out(connection, &project)?;
                for group in &left_out {
                    sizes.entry(group.clone()).or_default();
                }
                let groups: Vec<Group> = sizes
                    .into_iter()
                    .map(|(name, size)| Group {
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

    /// The members of a group, by user, behind `after`, at most `limit`.
    ///
    /// # Errors
    /// That part of the history is gone.
    pub async fn members(
        &self,
        project: ProjectId,
        group: SubjectId,
        when: When,
        after: String,
        limit: usize,
        context: Context,
    ) -> Result<At<Listed<Membership>>, StoreError> {
        let listed = self
            .read(project.clone(), context.at_least, move |connection, head| {
                let (revision, overlay) = overlay(connection, &project, head, when)?;
                let diffs = diffs(&overlay, |member| {
                    member.group == group && member.user.as_str() > after.as_str()
                });
                let fetch = |limit| list(connection, &project, &group, &after, limit);
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

/// The groups that member lists put the user in at `now`, as the past has the lists.
pub(super) fn of(
    connection: &mut DbConnection,
    project: &ProjectId,
    user: &User,
    overlay: &Overlay,
    now: DateTime<Utc>,
) -> Result<Vec<SubjectId>, StoreError> {
    let memberships = all_of(connection, project, &user.id, overlay)?.into_iter();
    Ok(memberships.filter(|member| member.is_live(now)).map(|member| member.group).collect())
}

fn all_of(
    connection: &mut DbConnection,
    project: &ProjectId,
    user: &SubjectId,
    overlay: &Overlay,
) -> Result<Vec<Membership>, StoreError> {
    let today = dsl::table
        .filter(dsl::project_id.eq(project.as_str()))
        .filter(dsl::user_.eq(user.as_str()))
        .order(dsl::grp)
        .select(MemberRow::as_select())
        .load(connection)?;
    let today = today.into_iter().map(Membership::try_from).collect::<Result<Vec<_>, _>>()?;
    Ok(at_revision(today, overlay, |member| member.user == *user))
}

/// Every membership there is, as the past has them.
pub(super) fn all(
    connection: &mut DbConnection,
    project: &ProjectId,
    overlay: &Overlay,
) -> Result<Vec<Membership>, StoreError> {
    let today = dsl::table
        .filter(dsl::project_id.eq(project.as_str()))
        .order((dsl::grp, dsl::user_))
        .select(MemberRow::as_select())
        .load(connection)?;
    let today = today.into_iter().map(Membership::try_from).collect::<Result<Vec<_>, _>>()?;
    Ok(at_revision(today, overlay, |_| true))
}

fn at_revision(
    today: Vec<Membership>,
    overlay: &Overlay,
    belongs: impl Fn(&Membership) -> bool,
) -> Vec<Membership> {
    let unchanged = today.into_iter().filter(|member| {
        !overlay.members.contains_key(&(member.group.clone(), member.user.clone()))
    });
    let then = overlay.members.values().filter_map(|diff| diff.before.clone());
    unchanged.chain(then.filter(|member| belongs(member))).collect()
}

/// How many members each group has that has any.
pub(super) fn sizes(
    connection: &mut DbConnection,
    project: &ProjectId,
) -> Result<BTreeMap<String, i64>, StoreError> {
    let counts: Vec<(String, i64)> = dsl::table
        .filter(dsl::project_id.eq(project.as_str()))
        .group_by(dsl::grp)
        .select((dsl::grp, diesel::dsl::count_star()))
        .load(connection)?;
    Ok(counts.into_iter().collect())
}

/// A membership as it is stored.
#[derive(Queryable, Selectable)]
#[diesel(table_name = dsl, check_for_backend(Backend))]
struct MemberRow {
    grp: String,
    user_: String,
    expires_at: Option<i64>,
    updated_rev: i64,
}

impl TryFrom<MemberRow> for Membership {
    type Error = StoreError;

    fn try_from(row: MemberRow) -> Result<Self, StoreError> {
        Ok(Self {
            group: SubjectId::parse(&row.grp).map_err(StoreError::corrupt)?,
            user: SubjectId::parse(&row.user_).map_err(StoreError::corrupt)?,
            expires_at: maybe_instant(row.expires_at)?,
            updated_revision: row.updated_rev,
        })
    }
}

/// A membership to be stored, in the place of the one before, if there is any.
#[derive(Insertable, AsChangeset)]
#[diesel(table_name = dsl, primary_key(project_id, grp, user_))]
#[diesel(treat_none_as_default_value = false, treat_none_as_null = true)]
struct NewMemberRow<'a> {
    project_id: &'a str,
    grp: &'a str,
    user_: &'a str,
    expires_at: Option<i64>,
    updated_rev: i64,
}

impl<'a> NewMemberRow<'a> {
    fn of(project: &'a ProjectId, member: &'a Membership) -> Self {
        Self {
            project_id: project.as_str(),
            grp: member.group.as_str(),
            user_: member.user.as_str(),
            expires_at: member.expires_at.map(micros),
            updated_rev: member.updated_revision,
        }
    }
}

fn find(
    connection: &mut DbConnection,
    project: &ProjectId,
    group: &SubjectId,
    user: &SubjectId,
) -> Result<Option<Membership>, StoreError> {
    dsl::table
        .find((project.as_str(), group.as_str(), user.as_str()))
        .select(MemberRow::as_select())
        .first(connection)
        .optional()?
        .map(Membership::try_from)
        .transpose()
}

fn list(
    connection: &mut DbConnection,
    project: &ProjectId,
    group: &SubjectId,
    after: &str,
    limit: usize,
) -> Result<Vec<Membership>, StoreError> {
    dsl::table
        .filter(dsl::project_id.eq(project.as_str()))
        .filter(dsl::grp.eq(group.as_str()))
        .filter(dsl::user_.gt(after))
        .order(dsl::user_)
        .limit(i64::try_from(limit).unwrap_or(i64::MAX))
        .select(MemberRow::as_select())
        .load(connection)?
        .into_iter()
        .map(Membership::try_from)
        .collect()
}

fn put(
    connection: &mut DbConnection,
    project: &ProjectId,
    after: Membership,
) -> Result<MutationOutcome<Membership>, StoreError> {
    let before = find(connection, project, &after.group, &after.user)?;
    if let Some(before) = before.as_ref().filter(|before| before.expires_at == after.expires_at) {
        return Ok(MutationOutcome::Unchanged(before.clone()));
    }
    let row = NewMemberRow::of(project, &after);
    if before.is_some() {
        let there = dsl::table.find((row.project_id, row.grp, row.user_));
        diesel::update(there).set(&row).execute(connection)?;
    } else {
        check_count(connection, project, &after.user)?;
        diesel::insert_into(dsl::table).values(&row).execute(connection)?;
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
) -> Result<(), StoreError> {
    let groups: i64 = dsl::table
        .filter(dsl::project_id.eq(project.as_str()))
        .filter(dsl::user_.eq(user.as_str()))
        .count()
        .get_result(connection)?;
    if groups < MAX_GROUPS_PER_USER {
        return Ok(());
    }
    Err(StoreError::Conflict {
        code: "too_many_groups",
        detail: format!("user:{user} is in {MAX_GROUPS_PER_USER} groups already"),
    })
}

fn delete(
    connection: &mut DbConnection,
    project: &ProjectId,
    group: &SubjectId,
    user: &SubjectId,
) -> Result<MutationOutcome<bool>, StoreError> {
    let Some(before) = find(connection, project, group, user)? else {
        return Ok(MutationOutcome::Unchanged(false));
    };
    diesel::delete(dsl::table.find((project.as_str(), group.as_str(), user.as_str())))
        .execute(connection)?;
    let change = Change {
        kind: "member.delete",
        bucket: None,
        object: Some(format!("group:{group} user:{user}")),
        detail: format!("took user:{user} out of group:{group}"),
        rows: vec![LoggedRow::Member(Sides::of(Some(&before), None))],
    };
    Ok(MutationOutcome::Changed(true, change))
}
