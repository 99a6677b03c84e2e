//! Which state of a project an answer is computed at.

use diesel::prelude::*;

use super::connection::DbConnection;
use super::error::StoreError;
use super::schema::project_head;
use crate::domain::{ProjectId, Revision, RevisionConflict};

/// The project's revision now.
pub(super) fn head(
    connection: &mut DbConnection,
    project: &ProjectId,
) -> Result<Revision, StoreError> {
    let (epoch, number): (String, i64) = project_head::table
        .find(project.as_str())
        .select((project_head::epoch, project_head::revision))
        .first(connection)
        .optional()?
        .ok_or(StoreError::NotFound("project"))?;
    Ok(Revision::new(project, &epoch, number))
}

impl From<RevisionConflict> for StoreError {
    fn from(conflict: RevisionConflict) -> Self {
        let code = match conflict {
            RevisionConflict::Foreign => "revision_foreign",
            RevisionConflict::Epoch => "revision_epoch",
            RevisionConflict::Future => "revision_future",
        };
        Self::Conflict { code, detail: conflict.to_string() }
    }
}
