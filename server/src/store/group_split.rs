//! `group_split` and `tokens_left_out`: groups that Cargo keeps and groups that tokens name were one
//! kind of subject once. They are set apart once in each project, behind the migration.
//!
//! A group without members here can only have been meant for tokens: each of its grants gets a twin
//! for the token group so called. For a group with members none is made, so that no token enters
//! it by its name; it is listed as long as nobody has said that this is right.

use std::collections::BTreeSet;
use std::fmt;

use chrono::{DateTime, Utc};
use diesel::Connection as _;
use diesel::prelude::*;
use sail_cargo_protocol::Group;

use super::Database;
use super::change_log::{GroupRecord, LoggedRow, Sides};
use super::connection::{DbConnection, set_tenant};
use super::error::StoreError;
use super::grants::give_twins;
use super::groups::sizes;
use super::schema::{group_split as dsl, project, tokens_left_out};
use super::write::{Change, Mode, MutationOutcome, Session, Writer, mutate, write};
use crate::domain::{At, Caller, Context, OperatorName, Origin, ProjectId, SubjectId};

/// What the work behind the migration is called while it is not done.
pub(super) const NAME: &str = "00000000000005_token_groups";

/// Groups of a project that tokens do not enter by their name any more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokensLeftOut {
    /// The project's slug.
    pub project: String,
    /// Their names.
    pub groups: Vec<String>,
}

/// A sentence for whoever runs the server.
impl fmt::Display for TokensLeftOut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "project {}: tokens that name {} come under the grants of these groups no more, since \
             the groups have members here: grant to the token groups what tokens shall have, and \
             say `sail-cargo groups settle GROUP`",
            self.project,
            self.groups.join(", ")
        )
    }
}

impl Database {
    /// The projects with groups that tokens were left out of, as long as nobody has said that this
    /// is right.
    ///
    /// # Errors
    /// The database is not available.
    pub async fn tokens_left_out(&self) -> Result<Vec<TokensLeftOut>, StoreError> {
        self.patient()
            .run(|connection| {
                let projects: Vec<(String, String)> = dsl::table
                    .inner_join(project::table.on(project::id.eq(dsl::project_id)))
                    .filter(dsl::done)
                    .order(project::slug)
                    .select((project::id, project::slug))
                    .load(connection)?;
                let listed = projects.into_iter().map(|(id, slug)| {
                    let id = ProjectId::parse(&id).map_err(StoreError::corrupt)?;
                    let groups = connection.transaction(|connection| {
                        set_tenant(connection, &id)?;
                        left_out(connection, &id)
                    })?;
                    Ok(TokensLeftOut { project: slug, groups: groups.into_iter().collect() })
                });
                listed.collect()
            })
            .await
    }

    /// Takes a group off the list of those that tokens were left out of.
    ///
    /// # Errors
    /// There is no such group.
    pub async fn settle_group(
        &self,
        project: ProjectId,
        group: SubjectId,
        context: Context,
    ) -> Result<At<Group>, StoreError> {
        self.change(move |session| {
            mutate(session, &project, &context, |connection, _| {
                settle(connection, &project, &group)
            })
        })
        .await
    }
}

/// The groups that tokens were left out of.
pub(super) fn left_out(
    connection: &mut DbConnection,
    project: &ProjectId,
) -> Result<BTreeSet<String>, StoreError> {
    let groups: Vec<String> = tokens_left_out::table
        .filter(tokens_left_out::project_id.eq(project.as_str()))
        .select(tokens_left_out::grp)
        .load(connection)?;
    Ok(groups.into_iter().collect())
}

/// Whether there are projects left to set groups apart in.
pub(super) fn is_due(connection: &mut DbConnection) -> Result<bool, StoreError> {
    Ok(diesel::select(diesel::dsl::exists(dsl::table.filter(dsl::done.eq(false))))
        .get_result(connection)?)
}

/// Sets groups apart where that was not done yet; each project by itself, as changes of the
/// operator. Another server may be about it at the same time.
pub(super) fn split_all(session: &mut Session<'_>, now: DateTime<Utc>) -> Result<(), StoreError> {
    let due: Vec<String> = dsl::table
        .filter(dsl::done.eq(false))
        .order(dsl::project_id)
        .select(dsl::project_id)
        .load(session.connection)?;
    for id in due {
        split(session, &ProjectId::parse(&id).map_err(StoreError::corrupt)?, now)?;
    }
    Ok(())
}

fn split(
    session: &mut Session<'_>,
    project: &ProjectId,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let context = Context {
        caller: Caller::Operator { name: OperatorName::server(), project: Some(project.clone()) },
        now,
        request_id: "migrate".to_owned(),
        origin: Origin::default(),
        at_least: None,
        idempotency: None,
    };
    write(session, project, &context, Mode::Commit, |writer| {
        let here = dsl::table.find(project.as_str());
        let done: Option<bool> = here.select(dsl::done).first(writer.connection).optional()?;
        if done != Some(false) {
            return Ok(());
        }
        let sizes = sizes(writer.connection, project)?;
        let left_out = give_twins(writer, project, &sizes.keys().cloned().collect())?;
        for group in &left_out {
            let members = sizes.get(group.as_str()).copied().unwrap_or_default().unsigned_abs();
            leave_out(writer, project, group, members)?;
        }
        if left_out.is_empty() {
            diesel::delete(here).execute(writer.connection)?;
        } else {
            diesel::update(here).set(dsl::done.eq(true)).execute(writer.connection)?;
        }
        Ok(())
    })?;
    Ok(())
}

fn leave_out(
    writer: &mut Writer<'_>,
    project: &ProjectId,
    group: &SubjectId,
    members: u64,
) -> Result<(), StoreError> {
    diesel::insert_into(tokens_left_out::table)
        .values((
            tokens_left_out::project_id.eq(project.as_str()),
            tokens_left_out::grp.eq(group.as_str()),
        ))
        .execute(writer.connection)?;
    writer.record(&change("group.split", "left out the tokens that name", group, members, true))
}

fn settle(
    connection: &mut DbConnection,
    project: &ProjectId,
    group: &SubjectId,
) -> Result<MutationOutcome<Group>, StoreError> {
    let size = sizes(connection, project)?.get(group.as_str()).copied();
    let members = size.unwrap_or_default().unsigned_abs();
    let after = Group { name: group.to_string(), members, tokens_left_out: false };
    let there = tokens_left_out::table.find((project.as_str(), group.as_str()));
    if diesel::delete(there).execute(connection)? == 0 {
        return match size {
            Some(_) => Ok(MutationOutcome::Unchanged(after)),
            None => Err(StoreError::NotFound("group")),
        };
    }
    if left_out(connection, project)?.is_empty() {
        diesel::delete(dsl::table.find(project.as_str())).execute(connection)?;
    }
    let what = "settled that tokens are no members of";
    let change = change("group.patch", what, group, members, false);
    Ok(MutationOutcome::Changed(after, change))
}

/// That tokens are left out of a group from now on, or no more.
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
