//! The one-time split of groups into those that Cargo keeps and those that tokens name. Both were
//! one kind of subject in earlier releases. It runs once in each project, after the migration.
//!
//! A group without members here can only have been meant for tokens: each of its grants gets a twin
//! for the token group of the same name. A group with members gets no twins, so that no token
//! enters it by its name alone. Such a group is listed until an operator settles it.

use std::fmt;

use chrono::{DateTime, Utc};
use sail_cargo_database::DbConnection;
use sail_cargo_database::change_log::{GroupRecord, LoggedRow, Sides};
use sail_cargo_database::tables::group_members::sizes;
use sail_cargo_database::tables::group_split;
use sail_cargo_database::tenancy::set_tenant;
use sail_cargo_database::transaction::transaction;

use super::error::ServiceError;
use super::grants::give_twins;
use super::handle::Service;
use super::mutation::{Change, Mode, MutationOutcome, Writer, mutate, write};
use super::session::Session;
use super::summaries::GroupSummary;
use crate::domain::{At, Caller, Context, OperatorName, Origin, ProjectId, Resource, SubjectId};

/// The groups of a project that tokens no longer enter by name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokensLeftOut {
    /// The slug of the project.
    pub project: String,
    /// The names of the groups.
    pub groups: Vec<String>,
}

/// A sentence for the operator.
impl fmt::Display for TokensLeftOut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "project {}: tokens that name {} no longer receive the grants of these groups, \
             because the groups have members here: give the token groups the grants that tokens \
             shall have, then run `sail-cargo groups settle GROUP`",
            self.project,
            self.groups.join(", ")
        )
    }
}

impl Service {
    /// The projects with groups that left tokens out and are not settled yet.
    ///
    /// # Errors
    /// [`ServiceError::Database`] if the database does not answer.
    pub async fn tokens_left_out(&self) -> Result<Vec<TokensLeftOut>, ServiceError> {
        self.patient()
            .run(|connection| {
                let listed = group_split::projects(connection)?.into_iter().map(|(id, slug)| {
                    let groups = transaction(connection, |connection| {
                        set_tenant(connection, &id)?;
                        Ok::<_, ServiceError>(group_split::left_out(connection, &id)?)
                    })?;
                    Ok(TokensLeftOut { project: slug, groups: groups.into_iter().collect() })
                });
                listed.collect()
            })
            .await
    }

    /// Settles that tokens stay left out of a group.
    ///
    /// # Errors
    /// [`ServiceError::NotFound`] if there is no such group.
    pub async fn settle_group(
        &self,
        project: ProjectId,
        group: SubjectId,
        context: Context,
    ) -> Result<At<GroupSummary>, ServiceError> {
        self.change(move |session| {
            mutate(session, &project, &context, |connection, _| {
                settle(connection, &project, &group)
            })
        })
        .await
    }
}

/// Splits the groups of every project where that was not done yet, in one transaction for each
/// project, as an operator's change. Another server may do so at the same time.
pub(super) fn split_all(session: &mut Session<'_>, now: DateTime<Utc>) -> Result<(), ServiceError> {
    for project in group_split::due(session.connection)? {
        split(session, &project, now)?;
    }
    Ok(())
}

fn split(
    session: &mut Session<'_>,
    project: &ProjectId,
    now: DateTime<Utc>,
) -> Result<(), ServiceError> {
    let context = Context {
        caller: Caller::Operator { name: OperatorName::server(), project: Some(project.clone()) },
        now,
        request_id: "migrate".to_owned(),
        origin: Origin::default(),
        at_least: None,
        idempotency: None,
    };
    write(session, project, &context, Mode::Commit, |writer| {
        if !group_split::is_due_in(writer.connection(), project)? {
            return Ok(());
        }
        let sizes = sizes(writer.connection(), project)?;
        let left_out = give_twins(writer, project, &sizes.keys().cloned().collect())?;
        for group in &left_out {
            let members = sizes.get(group.as_str()).copied().unwrap_or_default().unsigned_abs();
            leave_out(writer, project, group, members)?;
        }
        if left_out.is_empty() {
            group_split::forget(writer.connection(), project)?;
        } else {
            group_split::note_done(writer.connection(), project)?;
        }
        Ok(())
    })?;
    Ok(())
}

fn leave_out(
    writer: &mut Writer<'_, '_>,
    project: &ProjectId,
    group: &SubjectId,
    members: u64,
) -> Result<(), ServiceError> {
    group_split::leave_out(writer.connection(), project, group)?;
    writer.record(&change("group.split", "left out the tokens that name", group, members, true))
}

fn settle(
    connection: &mut DbConnection,
    project: &ProjectId,
    group: &SubjectId,
) -> Result<MutationOutcome<GroupSummary>, ServiceError> {
    let size = sizes(connection, project)?.get(group.as_str()).copied();
    let members = size.unwrap_or_default().unsigned_abs();
    let after = GroupSummary { name: group.to_string(), members, tokens_left_out: false };
    if !group_split::settle(connection, project, group)? {
        return match size {
            Some(_) => Ok(MutationOutcome::Unchanged(after)),
            None => Err(ServiceError::NotFound(Resource::Group)),
        };
    }
    if group_split::left_out(connection, project)?.is_empty() {
        group_split::forget(connection, project)?;
    }
    let what = "settled that tokens are no members of";
    let change = change("group.patch", what, group, members, false);
    Ok(MutationOutcome::Changed(after, change))
}

/// The change that a group leaves tokens out, or is settled.
fn change(
    kind: &'static str,
    what: &str,
    group: &SubjectId,
    members: u64,
    left_out: bool,
) -> Change {
    let object = format!("group:{group}");
    let record =
        |tokens_left_out| GroupRecord { name: group.to_string(), members, tokens_left_out };
    let sides = Sides { before: Some(record(!left_out)), after: Some(record(left_out)) };
    Change {
        kind,
        bucket: None,
        detail: format!("{what} {object}"),
        object: Some(object),
        rows: vec![LoggedRow::Group(sides)],
    }
}
