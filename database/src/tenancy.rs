//! Which rows a transaction may see.
//!
//! On PostgreSQL, row-level security restricts every query to these rows. On SQLite, only the
//! queries themselves name the project.
//!
//! Every `SET LOCAL` is in this file. Ids contain no character with a meaning in SQL, and no comma.

use diesel::connection::SimpleConnection as _;
use diesel::pg::PgConnection;
use diesel::prelude::*;

use crate::connection::DbConnection;
use crate::domain::{AccessKeyId, KeyId, ProjectId};
use crate::error::DatabaseError;

/// Gives the running transaction access to the rows of `project` and of no other project.
///
/// # Errors
/// [`DatabaseError::Unavailable`] if the database does not answer.
pub fn set_tenant(connection: &mut DbConnection, project: &ProjectId) -> Result<(), DatabaseError> {
    set(connection, &tenant_is(project.as_str()))
}

/// Gives the running transaction access to rows of no project, which operators create.
///
/// # Errors
/// [`DatabaseError::Unavailable`] if the database does not answer.
pub fn set_no_tenant(connection: &mut DbConnection) -> Result<(), DatabaseError> {
    set(connection, &tenant_is(""))
}

/// Gives the running transaction access to the operators' trail: their acts in any project, and
/// events of no project.
///
/// # Errors
/// [`DatabaseError::Unavailable`] if the database does not answer.
pub fn set_operators(connection: &mut DbConnection) -> Result<(), DatabaseError> {
    set(connection, &format!("{}; SET LOCAL sail.operators = 'yes'", tenant_is("")))
}

/// Gives the running transaction access to the row of one API key. A caller that presents a key has
/// not proved its project yet.
///
/// # Errors
/// [`DatabaseError::Unavailable`] if the database does not answer.
pub fn set_presented_key(connection: &mut DbConnection, key: &KeyId) -> Result<(), DatabaseError> {
    set(connection, &format!("SET LOCAL sail.key = '{key}'"))
}

/// Opens the row of one access key to the transaction that is running, for reading: who proves it has
/// proved no project yet.
///
/// # Errors
/// The database is not available.
pub fn set_presented_access_key(
    connection: &mut DbConnection,
    key: &AccessKeyId,
) -> Result<(), DatabaseError> {
    set(connection, &format!("SET LOCAL sail.access_key = '{key}'"))
}

/// Gives the running transaction access to the head rows of `projects`.
pub(crate) fn set_heads(
    connection: &mut DbConnection,
    projects: &[&str],
) -> Result<(), DatabaseError> {
    set(connection, &format!("SET LOCAL sail.projects = '{}'", projects.join(",")))
}

/// Makes the new transaction a read-only snapshot of the rows of `project`.
pub(crate) fn set_snapshot(
    connection: &mut DbConnection,
    project: &ProjectId,
) -> Result<(), DatabaseError> {
    let level = "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY";
    set(connection, &format!("{level}; {}", tenant_is(project.as_str())))
}

fn set(connection: &mut DbConnection, settings: &str) -> Result<(), DatabaseError> {
    if let DbConnection::Postgres(postgres) = connection {
        postgres.batch_execute(settings)?;
    }
    Ok(())
}

fn tenant_is(project: &str) -> String {
    format!("SET LOCAL sail.project = '{project}'")
}

/// Whether the current role bypasses row-level security.
pub(crate) fn bypasses_row_security(postgres: &mut PgConnection) -> QueryResult<bool> {
    #[derive(diesel::QueryableByName)]
    struct Role {
        #[diesel(sql_type = diesel::sql_types::Bool)]
        bypasses: bool,
    }
    let query = "SELECT rolsuper OR rolbypassrls AS bypasses FROM pg_roles \
                 WHERE rolname = current_user";
    diesel::sql_query(query).get_result::<Role>(postgres).map(|role| role.bypasses)
}
