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
use crate::domain::limits::MAX_GRANTS_PER_REVISION;
use crate::domain::{Context, Position, ProjectId, StoredGrant};
use crate::service::error::ServiceError;
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
            number * MAX_GRANTS_PER_REVISION,
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

/// Applies the edits of one revision. `offset` is the index of its first edit.
fn edit_chunk(
    writer: &mut Writer<'_, '_>,
    project: &ProjectId,
    context: &Context,
    kind: &'static str,
    edits: &[GrantEdit],
    offset: usize,
    summary: &mut EditSummary,
) -> Result<(), ServiceError> {
    let before = current(writer.connection(), project, edits)?;
    let revision = writer.next();
    let mut new = Vec::new();
    let mut changed = Vec::new();
    for (index, edit) in edits.iter().enumerate() {
        let before = before.get(&edit.key.position());
        check(edit, before).map_err(|error| ServiceError::Item {
            index: offset + index,
            error: Box::new(error),
        })?;
        let after = edit.put.as_ref().map(|state| StoredGrant {
            key: edit.key.clone(),
            state: state.clone().rounded(),
            granted_by: context.caller.to_string(),
            created_revision: before.map_or(revision, |before| before.created_revision),
            updated_revision: revision,
        });
        match (before, after) {
            (None, None) => summary.unchanged += 1,
            (Some(before), Some(after)) if before.state == after.state => summary.unchanged += 1,
            (None, Some(after)) => {
                summary.created += 1;
                changed.push(LoggedRow::Grant(Sides::of(None, Some(&after))));
                new.push(after);
            }
            (Some(before), Some(after)) => {
                summary.updated += 1;
                grants::update(writer.connection(), project, &after)?;
                changed.push(LoggedRow::Grant(Sides::of(Some(before), Some(&after))));
            }
            (Some(before), None) => {
                summary.deleted += 1;
                grants::delete(writer.connection(), project, &edit.key)?;
                changed.push(LoggedRow::Grant(Sides::of(Some(before), None)));
            }
        }
    }
    grants::insert(writer.connection(), project, &new)?;
    if changed.is_empty() {
        return Ok(());
    }
    let change = match edits {
        [only] => Change {
            kind,
            bucket: Some(only.key.bucket.to_string()),
            object: Some(place(&only.key)),
            detail: sentence(only),
            rows: changed,
        },
        many => Change {
            kind,
            bucket: same_bucket(many),
            object: None,
            detail: format!("changed {} grants", changed.len()),
            rows: changed,
        },
    };
    writer.record(&change)
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
