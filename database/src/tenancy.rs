//! Whose rows a transaction sees. On PostgreSQL row-level security holds it to that, whatever a query
//! says; on SQLite the queries name the project, and that is all.
//!
//! Every `SET LOCAL` stands here. An id has no character that means anything in SQL, and no comma.

use diesel::connection::SimpleConnection as _;
use diesel::pg::PgConnection;
use diesel::prelude::*;

use crate::connection::DbConnection;
use crate::domain::{AccessKeyId, KeyId, ProjectId};
use crate::error::DatabaseError;

/// Opens the rows of `project`, and of no other, to the transaction that is running.
///
/// # Errors
/// The database is not available.
pub fn set_tenant(connection: &mut DbConnection, project: &ProjectId) -> Result<(), DatabaseError> {
    set(connection, &tenant_is(project.as_str()))
}

/// Opens what belongs to no project: what operators create.
///
/// # Errors
/// The database is not available.
pub fn set_no_tenant(connection: &mut DbConnection) -> Result<(), DatabaseError> {
    set(connection, &tenant_is(""))
}

/// Opens the operators' trail: what they did, wherever that was, and what is no project's.
///
/// # Errors
/// The database is not available.
pub fn set_operators(connection: &mut DbConnection) -> Result<(), DatabaseError> {
    set(connection, &format!("{}; SET LOCAL sail.operators = 'yes'", tenant_is("")))
}

/// Opens the row of one API key to the transaction that is running: who presents it has proved
/// no project yet.
///
/// # Errors
/// The database is not available.
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

/// Opens the head rows of `projects` to the transaction that is running.
pub(crate) fn set_heads(
    connection: &mut DbConnection,
    projects: &[&str],
) -> Result<(), DatabaseError> {
    set(connection, &format!("SET LOCAL sail.projects = '{}'", projects.join(",")))
}

/// Has the transaction that begins read one state of the rows of `project`, and write nothing.
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

/// Whether row-level security does not bind the role that is connected.
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
