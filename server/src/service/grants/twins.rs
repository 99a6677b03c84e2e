//! Splits the grants to groups from before tokens' groups were a separate kind of subject.

use std::collections::BTreeSet;

use sail_cargo_database::change_log::{LoggedRow, Sides};
use sail_cargo_database::tables::grants;

use crate::domain::grant::SubjectKind;
use crate::domain::limits;
use crate::domain::{
    GrantFilter, GrantKey, ProjectId, StoredGrant, Subject, SubjectFilter, SubjectId,
};
use crate::service::error::ServiceError;
use crate::service::mutation::{Change, Writer};

/// Gives each grant to a group a twin for the token group of the same name, unless the group is in
/// `kept`, whose groups have members here. Returns the groups in `kept` that have grants.
pub(in crate::service) fn give_twins(
    writer: &mut Writer<'_, '_>,
    project: &ProjectId,
    kept: &BTreeSet<String>,
) -> Result<BTreeSet<SubjectId>, ServiceError> {
    let mut left_out = BTreeSet::new();
    let mut twins = Vec::new();
    let groups = SubjectFilter { kind: Some(SubjectKind::Group), name: None };
    let of_groups = GrantFilter { bucket: None, subjects: groups };
    for grant in grants::list(writer.connection(), project, &of_groups, None, usize::MAX)? {
        let Subject::Group(group) = &grant.key.subject else { continue };
        if kept.contains(group.as_str()) {
            left_out.insert(group.clone());
            continue;
        }
        let key = GrantKey { subject: Subject::TokenGroup(group.clone()), ..grant.key.clone() };
        // An existing grant to the token group was given on purpose, and stays as it is.
        if grants::find(writer.connection(), project, &key)?.is_none() {
            twins.push(StoredGrant { key, ..grant });
        }
    }
    for chunk in twins.chunks(limits::MAX_GRANTS_PER_REVISION) {
        give(writer, project, chunk)?;
    }
    Ok(left_out)
}

/// Adds new grants in one revision.
fn give(
    writer: &mut Writer<'_, '_>,
    project: &ProjectId,
    given: &[StoredGrant],
) -> Result<(), ServiceError> {
    let revision = writer.next();
    let new: Vec<_> = given
        .iter()
        .cloned()
        .map(|grant| StoredGrant {
            created_revision: revision,
            updated_revision: revision,
            ..grant
        })
        .collect();
    grants::insert(writer.connection(), project, &new)?;
    let changed = new.iter().map(|grant| LoggedRow::Grant(Sides::of(None, Some(grant))));
    writer.record(&Change {
        kind: "grant.split",
        bucket: None,
        object: None,
        detail: format!(
            "copied {} grants of groups to the token groups of the same name",
            new.len()
        ),
        rows: changed.collect(),
    })
}
