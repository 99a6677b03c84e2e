//! The checks before and after a change of grants.

use std::collections::{BTreeMap, BTreeSet};

use sail_cargo_database::DbConnection;
use sail_cargo_database::tables::grants;

use super::admin::administered;
use super::options::{GrantEdit, Precondition};
use crate::domain::limits::MAX_GRANTS_PER_SUBJECT;
use crate::domain::{BucketName, Conflict, Context, ProjectId, StoredGrant, Subject};
use crate::service::error::ServiceError;

/// Refuses edits of parts of a bucket that the caller does not administer.
pub(super) fn demand_admin_of_all(
    connection: &mut DbConnection,
    project: &ProjectId,
    context: &Context,
    edits: &[GrantEdit],
) -> Result<(), ServiceError> {
    let mut administers = BTreeMap::new();
    for (index, edit) in edits.iter().enumerate() {
        let at = |error| ServiceError::Item { index, error: Box::new(error) };
        let bucket = &edit.key.bucket;
        if !administers.contains_key(bucket) {
            let here = administered(connection, project, context, bucket).map_err(at)?;
            administers.insert(bucket, here);
        }
        if administers.get(bucket).is_none_or(|holds| !holds(edit.key.prefix.literal_part())) {
            return Err(at(ServiceError::Forbidden(format!(
                "no admin permission on `{bucket}/{}`",
                edit.key.prefix.as_str()
            ))));
        }
    }
    Ok(())
}

/// The names of the edits' subjects, by bucket.
pub(super) fn subjects_by_bucket(edits: &[GrantEdit]) -> BTreeMap<&BucketName, BTreeSet<&str>> {
    let mut subjects: BTreeMap<&BucketName, BTreeSet<&str>> = BTreeMap::new();
    for edit in edits {
        subjects.entry(&edit.key.bucket).or_default().insert(edit.key.subject.name());
    }
    subjects
}

/// The buckets that have a lasting admin now and could lose it through the edits.
pub(super) fn with_lasting_admin<'a>(
    connection: &mut DbConnection,
    project: &ProjectId,
    context: &Context,
    edits: &'a [GrantEdit],
) -> Result<BTreeSet<&'a BucketName>, ServiceError> {
    let could: BTreeSet<&BucketName> = edits
        .iter()
        .filter(|edit| {
            edit.key.prefix.is_whole_bucket() && matches!(edit.key.subject, Subject::User(_))
        })
        .map(|edit| &edit.key.bucket)
        .collect();
    let mut with = BTreeSet::new();
    for bucket in could {
        if grants::has_lasting_admin(connection, project, bucket, context.now)? {
            with.insert(bucket);
        }
    }
    Ok(with)
}

pub(super) fn demand_lasting_admin(
    connection: &mut DbConnection,
    project: &ProjectId,
    context: &Context,
    bucket: &BucketName,
) -> Result<(), ServiceError> {
    if grants::has_lasting_admin(connection, project, bucket, context.now)? {
        return Ok(());
    }
    Err(Conflict::LastAdmin(bucket.clone()).into())
}

/// Refuses more grants to one subject on a bucket than a decision reads.
pub(super) fn demand_room(
    connection: &mut DbConnection,
    project: &ProjectId,
    touched: &BTreeMap<&BucketName, BTreeSet<&str>>,
) -> Result<(), ServiceError> {
    for (bucket, subjects) in touched {
        let over =
            grants::over_limit(connection, project, bucket, subjects, MAX_GRANTS_PER_SUBJECT)?;
        if let Some(subject) = over {
            return Err(Conflict::TooManyGrants { subject, bucket: (*bucket).clone() }.into());
        }
    }
    Ok(())
}

/// Checks the precondition of an edit.
pub(super) fn check(edit: &GrantEdit, before: Option<&StoredGrant>) -> Result<(), ServiceError> {
    let detail = match (edit.precondition, before) {
        (Precondition::None, _)
        | (Precondition::Absent, None)
        | (Precondition::Present, Some(_)) => return Ok(()),
        (Precondition::Revision(wanted), Some(there)) if there.updated_revision == wanted => {
            return Ok(());
        }
        (_, Some(there)) => {
            format!("the grant was last changed by revision {}", there.updated_revision)
        }
        (_, None) => "there is no such grant".to_owned(),
    };
    Err(ServiceError::Precondition(detail))
}
