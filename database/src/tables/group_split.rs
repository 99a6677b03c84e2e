//! `group_split` and `tokens_left_out`: the one-time split of groups into those that Cargo keeps
//! and those that tokens name.
//!
//! Both were one kind of subject in earlier releases. Rust code splits them once in each project,
//! after the migration.

use std::collections::BTreeSet;

use diesel::prelude::*;

use crate::connection::DbConnection;
use crate::domain::{ProjectId, SubjectId};
use crate::error::DatabaseError;
use crate::schema::{group_split as dsl, project, tokens_left_out};

/// The name that the split is reported under while it is not done.
pub const PENDING: &str = "00000000000005_token_groups";

/// Whether any project still has to be split.
pub fn is_due(connection: &mut DbConnection) -> Result<bool, DatabaseError> {
    Ok(diesel::select(diesel::dsl::exists(dsl::table.filter(dsl::done.eq(false))))
        .get_result(connection)?)
}

/// The projects that still have to be split.
pub fn due(connection: &mut DbConnection) -> Result<Vec<ProjectId>, DatabaseError> {
    let due: Vec<String> = dsl::table
        .filter(dsl::done.eq(false))
        .order(dsl::project_id)
        .select(dsl::project_id)
        .load(connection)?;
    due.iter().map(|id| ProjectId::parse(id).map_err(DatabaseError::corrupt)).collect()
}

/// Whether the project still has to be split.
pub fn is_due_in(
    connection: &mut DbConnection,
    project: &ProjectId,
) -> Result<bool, DatabaseError> {
    let here = dsl::table.find(project.as_str());
    let done: Option<bool> = here.select(dsl::done).first(connection).optional()?;
    Ok(done == Some(false))
}

/// Records that the project is split and that some of its groups left tokens out.
pub fn note_done(connection: &mut DbConnection, project: &ProjectId) -> Result<(), DatabaseError> {
    diesel::update(dsl::table.find(project.as_str()))
        .set(dsl::done.eq(true))
        .execute(connection)?;
    Ok(())
}

/// Deletes the project's row: there is nothing to split, and no group that left tokens out.
pub fn forget(connection: &mut DbConnection, project: &ProjectId) -> Result<(), DatabaseError> {
    diesel::delete(dsl::table.find(project.as_str())).execute(connection)?;
    Ok(())
}

/// The projects with groups that left tokens out, with their slugs, by slug.
pub fn projects(connection: &mut DbConnection) -> Result<Vec<(ProjectId, String)>, DatabaseError> {
    let projects: Vec<(String, String)> = dsl::table
        .inner_join(project::table.on(project::id.eq(dsl::project_id)))
        .filter(dsl::done)
        .order(project::slug)
        .select((project::id, project::slug))
        .load(connection)?;
    let named = projects
        .into_iter()
        .map(|(id, slug)| Ok((ProjectId::parse(&id).map_err(DatabaseError::corrupt)?, slug)));
    named.collect()
}

/// The groups of a project that left tokens out.
pub fn left_out(
    connection: &mut DbConnection,
    project: &ProjectId,
) -> Result<BTreeSet<String>, DatabaseError> {
    let groups: Vec<String> = tokens_left_out::table
        .filter(tokens_left_out::project_id.eq(project.as_str()))
        .select(tokens_left_out::grp)
        .load(connection)?;
    Ok(groups.into_iter().collect())
}

/// Records that a group left tokens out.
pub fn leave_out(
    connection: &mut DbConnection,
    project: &ProjectId,
    group: &SubjectId,
) -> Result<(), DatabaseError> {
    diesel::insert_into(tokens_left_out::table)
        .values((
            tokens_left_out::project_id.eq(project.as_str()),
            tokens_left_out::grp.eq(group.as_str()),
        ))
        .execute(connection)?;
    Ok(())
}

/// Deletes the record that a group left tokens out. Returns whether there was one.
pub fn settle(
    connection: &mut DbConnection,
    project: &ProjectId,
    group: &SubjectId,
) -> Result<bool, DatabaseError> {
    let there = tokens_left_out::table.find((project.as_str(), group.as_str()));
    Ok(diesel::delete(there).execute(connection)? > 0)
}
