//! Which state of a project an answer is computed at.

use diesel::prelude::*;

use super::connection::{Backend, DbConnection};
use super::error::StoreError;
use super::schema::project_head;
use crate::domain::{ProjectId, Revision, RevisionConflict};

/// The head of a project that is known.
#[derive(Queryable, Selectable)]
#[diesel(table_name = project_head, check_for_backend(Backend))]
pub(super) struct HeadRow {
    epoch: String,
    revision: i64,
    pub(super) chain_hash: Vec<u8>,
}

impl HeadRow {
    /// Its revision, which is one of `project`.
    pub(super) fn revision(&self, project: &ProjectId) -> Revision {
        Revision::new(project, &self.epoch, self.revision)
    }
}

/// The head of a project that is not there yet.
#[derive(Insertable)]
#[diesel(table_name = project_head)]
pub(super) struct NewHeadRow<'a> {
    pub(super) project_id: &'a str,
    pub(super) epoch: &'a str,
    pub(super) revision: i64,
    pub(super) chain_hash: &'a [u8],
}

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
