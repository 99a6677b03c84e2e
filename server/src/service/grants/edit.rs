//! Applies edits of grants, all or none. There may be a hundred thousand of them.

use std::collections::BTreeMap;

use sail_cargo_database::DbConnection;
use sail_cargo_database::change_log::{LoggedRow, Sides};
use sail_cargo_database::tables::grants;

use super::checks::{
    check, demand_admin_of_all, demand_lasting_admin, demand_room, subjects_by_bucket,
    with_lasting_admin,
};
use super::effects::Before;
use super::options::{EditOptions, EditSummary, GrantEdit};
use super::words::{place, same_bucket, sentence};
use crate::domain::account::Username;
use crate::domain::limits::MAX_GRANTS_PER_REVISION;
use crate::domain::{Conflict, Context, Position, ProjectId, StoredGrant, SubjectId};
use crate::service::accounts::{account_named, demand_admin as demand_account_admin};
use crate::service::error::ServiceError;
use crate::service::handle::UserNames;
use crate::service::mutation::{Change, Writer};

/// Applies `edits`, each to a different grant, in as many revisions as needed. First checks the
/// caller's permission, and at the end the limits and the last admin, all under the project's lock.
pub(super) fn edit_in(
    writer: &mut Writer<'_, '_>,
    project: &ProjectId,
    context: &Context,
    kind: &'static str,
    edits: &[GrantEdit],
    options: EditOptions,
) -> Result<EditSummary, ServiceError> {
    demand_admin_of_all(writer.connection(), project, context, edits)?;
    let refuses_usernames = options.users == UserNames::Accounts
        && may_see_accounts(writer.connection(), project, context)?;
    let touched = subjects_by_bucket(edits);
    let with_admin = with_lasting_admin(writer.connection(), project, context, edits)?;
    let tried = options.dry_run.then(|| Before::read(writer.connection(), project, &touched));
    let before = tried.transpose()?;
    let mut summary = EditSummary::default();
    for (number, chunk) in edits.chunks(MAX_GRANTS_PER_REVISION).enumerate() {
        edit_chunk(
            writer,
            project,
            context,
            kind,
            chunk,
            (number * MAX_GRANTS_PER_REVISION, refuses_usernames),
            &mut summary,
        )?;
    }
    demand_room(writer.connection(), project, &touched)?;
    if !options.force {
        for bucket in &with_admin {
            demand_lasting_admin(writer.connection(), project, context, bucket)?;
        }
    }
    if let Some(before) = before {
        summary.effects =
            before.compare(writer.connection(), project, &touched, edits, context.now)?;
    }
    Ok(summary)
}

/// Whether somebody is told who has an account, and with which id: whoever else gives grants must not find out by it.
fn may_see_accounts(
    connection: &mut DbConnection,
    project: &ProjectId,
    context: &Context,
) -> Result<bool, ServiceError> {
    match demand_account_admin(connection, project, context) {
        Ok(()) => Ok(true),
        Err(ServiceError::NotAccountAdmin) => Ok(false),
        Err(other) => Err(other),
    }
}

/// Refuses new grants to users by what their accounts are called. One that is there already may be changed.
/// `offset` is the index of the first edit.
fn refuse_named(
    connection: &mut DbConnection,
    project: &ProjectId,
    edits: &[GrantEdit],
    current: &BTreeMap<Position, StoredGrant>,
    offset: usize,
) -> Result<(), ServiceError> {
    let new_user = |edit: &GrantEdit| {
        let is_new = edit.put.is_some() && !current.contains_key(&edit.key.position());
        edit.key.subject.user().filter(|_| is_new).cloned()
    };
    let users: Vec<SubjectId> = edits.iter().filter_map(new_user).collect();
    let Some((username, id)) = account_named(connection, project, &users)? else { return Ok(()) };
    let is_it = |user: SubjectId| Username::parse(user.as_str()).as_ref() == Ok(&username);
    let at = edits.iter().position(|edit| new_user(edit).is_some_and(is_it));
    let error = Box::new(Conflict::UsernameForId { username: username.clone(), id }.into());
    Err(ServiceError::Item { index: offset + at.unwrap_or_default(), error })
}

/// Applies the edits of one revision. `offset` is the index of its first edit. New grants to usernames are refused
/// where that is said.
fn edit_chunk(
    writer: &mut Writer<'_, '_>,
    project: &ProjectId,
    context: &Context,
    kind: &'static str,
    edits: &[GrantEdit],
    (offset, refuses_usernames): (usize, bool),
    summary: &mut EditSummary,
) -> Result<(), ServiceError> {
    let current = current(writer.connection(), project, edits)?;
    if refuses_usernames {
        refuse_named(writer.connection(), project, edits, &current, offset)?;
    }
    let revision = writer.next();
    let mut new = Vec::new();
    let mut changed = Vec::new();
    for (index, edit) in edits.iter().enumerate() {
        let before = current.get(&edit.key.position());
        check(edit, before).map_err(|error| ServiceError::Item {
            index: offset + index,
            error: Box::new(error),
        })?;
        let after = grant_after(edit, before, context, revision);
        if before.map(|before| &before.state) == after.as_ref().map(|after| &after.state) {
            summary.unchanged += 1;
            continue;
        }
        changed.push(LoggedRow::Grant(Sides::of(before, after.as_ref())));
        match (before, after) {
            (None, Some(after)) => {
                summary.created += 1;
                new.push(after);
            }
            (Some(_), Some(after)) => {
                summary.updated += 1;
                grants::update(writer.connection(), project, &after)?;
            }
            (_, None) => {
                summary.deleted += 1;
                grants::delete(writer.connection(), project, &edit.key)?;
            }
        }
    }
    grants::insert(writer.connection(), project, &new)?;
    if changed.is_empty() { Ok(()) } else { writer.record(&change(kind, edits, changed)) }
}

/// The grant after `edit`; `None` if the edit deletes it.
fn grant_after(
    edit: &GrantEdit,
    before: Option<&StoredGrant>,
    context: &Context,
    revision: i64,
) -> Option<StoredGrant> {
    edit.put.as_ref().map(|state| StoredGrant {
        key: edit.key.clone(),
        state: state.clone().rounded(),
        granted_by: context.caller.to_string(),
        created_revision: before.map_or(revision, |before| before.created_revision),
        updated_revision: revision,
    })
}

/// The change that `edits` made to `rows`.
fn change(kind: &'static str, edits: &[GrantEdit], rows: Vec<LoggedRow>) -> Change {
    match edits {
        [only] => Change {
            kind,
            bucket: Some(only.key.bucket.to_string()),
            object: Some(place(&only.key)),
            detail: sentence(only),
            rows,
        },
        many => Change {
            kind,
            bucket: same_bucket(many),
            object: None,
            detail: format!("changed {} grants", rows.len()),
            rows,
        },
    }
}

/// The current grants of the edits' subjects, by position.
fn current(
    connection: &mut DbConnection,
    project: &ProjectId,
    edits: &[GrantEdit],
) -> Result<BTreeMap<Position, StoredGrant>, ServiceError> {
    let mut grants = BTreeMap::new();
    for (bucket, subjects) in subjects_by_bucket(edits) {
        for grant in grants::for_subjects(connection, project, bucket, &subjects)? {
            grants.insert(grant.key.position(), grant);
        }
    }
    Ok(grants)
}
