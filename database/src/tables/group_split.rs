//! `group_split` and `tokens_left_out`: groups that Cargo keeps and groups that tokens name were one
//! kind of subject once. They are set apart once in each project, behind the migration.

use std::collections::BTreeSet;

use diesel::prelude::*;

use crate::connection::DbConnection;
use crate::domain::{ProjectId, SubjectId};
use crate::error::DatabaseError;
use crate::schema::{group_split as dsl, project, tokens_left_out};

/// What the work behind the migration is called while it is not done.
pub const PENDING: &str = "00000000000005_token_groups";

/// Whether there are projects left to set groups apart in.
pub fn is_due(connection: &mut DbConnection) -> Result<bool, DatabaseError> {
    Ok(diesel::select(diesel::dsl::exists(dsl::table.filter(dsl::done.eq(false))))
        .get_result(connection)?)
}

/// The projects to set groups apart in.
pub fn due(connection: &mut DbConnection) -> Result<Vec<ProjectId>, DatabaseError> {
    let due: Vec<String> = dsl::table
        .filter(dsl::done.eq(false))
        .order(dsl::project_id)
        .select(dsl::project_id)
        .load(connection)?;
    due.iter().map(|id| ProjectId::parse(id).map_err(DatabaseError::corrupt)).collect()
}

/// Whether groups are to be set apart in the project.
pub fn is_due_in(
    connection: &mut DbConnection,
    project: &ProjectId,
) -> Result<bool, DatabaseError> {
    let here = dsl::table.find(project.as_str());
    let done: Option<bool> = here.select(dsl::done).first(connection).optional()?;
    Ok(done == Some(false))
}

/// Notes that groups are set apart in the project, some of which tokens were left out of.
pub fn note_done(connection: &mut DbConnection, project: &ProjectId) -> Result<(), DatabaseError> {
    diesel::update(dsl::table.find(project.as_str()))
        .set(dsl::done.eq(true))
        .execute(connection)?;
    Ok(())
}

/// Forgets that there was anything to set apart in the project.
pub fn forget(connection: &mut DbConnection, project: &ProjectId) -> Result<(), DatabaseError> {
    diesel::delete(dsl::table.find(project.as_str())).execute(connection)?;
    Ok(())
}

/// The projects with groups that tokens were left out of, with their slugs, by slug.
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

/// The groups of a project that tokens were left out of.
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

/// Lists a group among those that tokens were left out of.
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

/// Takes a group off that list; whether it was on it.
pub fn settle(
    connection: &mut DbConnection,
    project: &ProjectId,
    group: &SubjectId,
) -> Result<bool, DatabaseError> {
    let there = tokens_left_out::table.find((project.as_str(), group.as_str()));
    Ok(diesel::delete(there).execute(connection)? > 0)
}
