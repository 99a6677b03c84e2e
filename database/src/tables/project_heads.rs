//! `project_head`: the current revision of each project. Its row is the lock that orders the
//! project's writers.

use std::collections::HashMap;

use diesel::prelude::*;

use crate::connection::{Backend, DbConnection};
use crate::domain::{ProjectId, Resource, Revision};
use crate::error::DatabaseError;
use crate::schema::{project, project_head as dsl, store};
use crate::tables::storage_accounts::AccountVersion;
use crate::tenancy::set_heads;
use crate::transaction::transaction;

/// The most projects in one query.
const CHUNK: usize = 500;

/// Identifies a state of a project: two heads that differ in any field are different states.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProjectHead {
    /// The revision.
    pub revision: Revision,
    /// The hash of the chain of changes. It differs where a database was restored from a backup and
    /// written again, although the revisions are the same.
    pub chain_hash: Vec<u8>,
    /// The version of the storage account, which every change of the account alters.
    pub account: AccountVersion,
}

/// The head of a known project, as it is read.
#[derive(Queryable, Selectable)]
#[diesel(table_name = dsl, check_for_backend(Backend))]
struct HeadRow {
    epoch: String,
    revision: i64,
    chain_hash: Vec<u8>,
}

impl HeadRow {
    /// The revision of this head, as one of `project`.
    fn revision(&self, project: &ProjectId) -> Revision {
        Revision::new(project, &self.epoch, self.revision)
    }
}

/// The head of one of several projects, as it is read.
#[derive(Queryable, Selectable)]
#[diesel(table_name = dsl, check_for_backend(Backend))]
struct ProjectHeadRow {
    project_id: String,
    #[diesel(embed)]
    head: HeadRow,
    #[diesel(embed)]
    account: AccountVersion,
}

/// A new row.
#[derive(Insertable)]
#[diesel(table_name = dsl)]
struct NewHeadRow<'a> {
    project_id: &'a str,
    epoch: &'a str,
    revision: i64,
    chain_hash: &'a [u8],
}

/// The project's current revision.
pub fn revision(
    connection: &mut DbConnection,
    project: &ProjectId,
) -> Result<Revision, DatabaseError> {
    let (epoch, number): (String, i64) = dsl::table
        .find(project.as_str())
        .select((dsl::epoch, dsl::revision))
        .first(connection)
        .optional()?
        .ok_or(DatabaseError::NotFound(Resource::Project))?;
    Ok(Revision::new(project, &epoch, number))
}

/// The project's current head, with the given version of its account.
pub fn find(
    connection: &mut DbConnection,
    project: &ProjectId,
    account: AccountVersion,
) -> Result<ProjectHead, DatabaseError> {
    let row = dsl::table.find(project.as_str()).select(HeadRow::as_select()).first(connection)?;
    Ok(ProjectHead { revision: row.revision(project), chain_hash: row.chain_hash, account })
}

/// The number of the project's last change, and its hash.
pub(crate) fn chain(
    connection: &mut DbConnection,
    project: &ProjectId,
) -> Result<(i64, Vec<u8>), DatabaseError> {
    let head = dsl::table.find(project.as_str()).select((dsl::revision, dsl::chain_hash));
    head.first(connection).optional()?.ok_or(DatabaseError::NotFound(Resource::Project))
}

/// The heads of the existing projects among `projects`, by project id.
pub fn of_projects(
    connection: &mut DbConnection,
    projects: &[ProjectId],
) -> Result<HashMap<String, ProjectHead>, DatabaseError> {
    let mut found = HashMap::new();
    for chunk in projects.chunks(CHUNK) {
        let ids: Vec<&str> = chunk.iter().map(ProjectId::as_str).collect();
        let rows = transaction(connection, |connection| {
            set_heads(connection, &ids)?;
            Ok::<_, DatabaseError>(
                dsl::table
                    .inner_join(project::table.on(project::id.eq(dsl::project_id)))
                    .inner_join(store::table.on(store::id.eq(project::store_id)))
                    .filter(dsl::project_id.eq_any(ids))
                    .select(ProjectHeadRow::as_select())
                    .load(connection)?,
            )
        })?;
        for ProjectHeadRow { project_id, head, account } in rows {
            let project = ProjectId::parse(&project_id).map_err(DatabaseError::corrupt)?;
            let revision = head.revision(&project);
            found
                .insert(project_id, ProjectHead { revision, chain_hash: head.chain_hash, account });
        }
    }
    Ok(found)
}

/// Locks the project's head row for the running transaction. Returns the current revision and the
/// hash of its change.
pub(crate) fn lock(
    connection: &mut DbConnection,
    project: &ProjectId,
) -> Result<(Revision, Vec<u8>), DatabaseError> {
    let head = dsl::table.find(project.as_str());
    let locked = diesel::update(head).set(dsl::revision.eq(dsl::revision)).execute(connection)?;
    if locked == 0 {
        return Err(DatabaseError::NotFound(Resource::Project));
    }
    let row = head.select(HeadRow::as_select()).first(connection)?;
    Ok((row.revision(project), row.chain_hash))
}

/// Moves the head to `revision`, whose change has the hash `chain_hash`.
pub(crate) fn advance(
    connection: &mut DbConnection,
    project: &ProjectId,
    revision: Revision,
    chain_hash: &[u8],
) -> Result<(), DatabaseError> {
    diesel::update(dsl::table.find(project.as_str()))
        .set((dsl::revision.eq(revision.number()), dsl::chain_hash.eq(chain_hash)))
        .execute(connection)?;
    Ok(())
}

/// Creates the head of a new project, at revision 0 and in a new epoch.
pub fn insert(connection: &mut DbConnection, project: &ProjectId) -> Result<(), DatabaseError> {
    let row = NewHeadRow {
        project_id: project.as_str(),
        epoch: &uuid::Uuid::new_v4().to_string(),
        revision: 0,
        chain_hash: &[0; 32],
    };
    diesel::insert_into(dsl::table).values(row).execute(connection)?;
    Ok(())
}

/// Reads any one row: damage there would make every write fail.
pub fn probe(connection: &mut DbConnection) -> Result<(), DatabaseError> {
    dsl::table.select(dsl::project_id).first::<String>(connection).optional()?;
    Ok(())
}
