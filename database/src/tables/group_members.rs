//! `group_member`: the member lists of the groups that Cargo keeps.

use std::collections::BTreeMap;

use diesel::prelude::*;

use crate::columns::{maybe_instant, micros, rows_at_most};
use crate::connection::{Backend, DbConnection};
use crate::domain::{Membership, ProjectId, SubjectId};
use crate::error::DatabaseError;
use crate::history::Overlay;
use crate::schema::group_member as dsl;

/// A membership as it is read.
#[derive(Queryable, Selectable)]
#[diesel(table_name = dsl, check_for_backend(Backend))]
struct MemberRow {
    grp: String,
    user_: String,
    expires_at: Option<i64>,
    updated_rev: i64,
}

impl TryFrom<MemberRow> for Membership {
    type Error = DatabaseError;

    fn try_from(row: MemberRow) -> Result<Self, DatabaseError> {
        Ok(Self {
            group: SubjectId::parse(&row.grp).map_err(DatabaseError::corrupt)?,
            user: SubjectId::parse(&row.user_).map_err(DatabaseError::corrupt)?,
            expires_at: maybe_instant(row.expires_at)?,
            updated_revision: row.updated_rev,
        })
    }
}

/// A membership as it is written.
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

/// One membership.
pub fn find(
    connection: &mut DbConnection,
    project: &ProjectId,
    group: &SubjectId,
    user: &SubjectId,
) -> Result<Option<Membership>, DatabaseError> {
    dsl::table
        .find((project.as_str(), group.as_str(), user.as_str()))
        .select(MemberRow::as_select())
        .first(connection)
        .optional()?
        .map(Membership::try_from)
        .transpose()
}

/// A page of a group's members: at most `limit` members after `after`, by user.
pub fn list(
    connection: &mut DbConnection,
    project: &ProjectId,
    group: &SubjectId,
    after: &str,
    limit: usize,
) -> Result<Vec<Membership>, DatabaseError> {
    dsl::table
        .filter(dsl::project_id.eq(project.as_str()))
        .filter(dsl::grp.eq(group.as_str()))
        .filter(dsl::user_.gt(after))
        .order(dsl::user_)
        .limit(rows_at_most(limit))
        .select(MemberRow::as_select())
        .load(connection)?
        .into_iter()
        .map(Membership::try_from)
        .collect()
}

/// The memberships of a user, at the revision of `overlay`.
pub fn of_user(
    connection: &mut DbConnection,
    project: &ProjectId,
    user: &SubjectId,
    overlay: &Overlay,
) -> Result<Vec<Membership>, DatabaseError> {
    let today = dsl::table
        .filter(dsl::project_id.eq(project.as_str()))
        .filter(dsl::user_.eq(user.as_str()))
        .order(dsl::grp)
        .select(MemberRow::as_select())
        .load(connection)?;
    let today = today.into_iter().map(Membership::try_from).collect::<Result<Vec<_>, _>>()?;
    Ok(at_revision(today, overlay, |member| member.user == *user))
}

/// All memberships of the project, at the revision of `overlay`.
pub fn all(
    connection: &mut DbConnection,
    project: &ProjectId,
    overlay: &Overlay,
) -> Result<Vec<Membership>, DatabaseError> {
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
    let before = overlay.members.values().filter_map(|diff| diff.before.clone());
    unchanged.chain(before.filter(|member| belongs(member))).collect()
}

/// The number of members of each group that has any.
pub fn sizes(
    connection: &mut DbConnection,
    project: &ProjectId,
) -> Result<BTreeMap<String, i64>, DatabaseError> {
    let counts: Vec<(String, i64)> = dsl::table
        .filter(dsl::project_id.eq(project.as_str()))
        .group_by(dsl::grp)
        .select((dsl::grp, diesel::dsl::count_star()))
        .load(connection)?;
    Ok(counts.into_iter().collect())
}

/// The number of groups that a user is in.
pub fn count_of_user(
    connection: &mut DbConnection,
    project: &ProjectId,
    user: &SubjectId,
) -> Result<i64, DatabaseError> {
    Ok(dsl::table
        .filter(dsl::project_id.eq(project.as_str()))
        .filter(dsl::user_.eq(user.as_str()))
        .count()
        .get_result(connection)?)
}

/// Adds a membership.
pub fn insert(
    connection: &mut DbConnection,
    project: &ProjectId,
    member: &Membership,
) -> Result<(), DatabaseError> {
    let row = NewMemberRow::of(project, member);
    diesel::insert_into(dsl::table).values(&row).execute(connection)?;
    Ok(())
}

/// Updates an existing membership.
pub fn update(
    connection: &mut DbConnection,
    project: &ProjectId,
    member: &Membership,
) -> Result<(), DatabaseError> {
    let row = NewMemberRow::of(project, member);
    let there = dsl::table.find((row.project_id, row.grp, row.user_));
    diesel::update(there).set(&row).execute(connection)?;
    Ok(())
}

/// Deletes a membership.
pub fn delete(
    connection: &mut DbConnection,
    project: &ProjectId,
    group: &SubjectId,
    user: &SubjectId,
) -> Result<(), DatabaseError> {
    diesel::delete(dsl::table.find((project.as_str(), group.as_str(), user.as_str())))
        .execute(connection)?;
    Ok(())
}
