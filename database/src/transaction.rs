//! The kinds of transactions. The work of a caller may fail with errors of its own.

use diesel::Connection as _;
use diesel::connection::SimpleConnection as _;
use diesel::result::Error as DieselError;

use crate::connection::DbConnection;
use crate::domain::ProjectId;
use crate::error::{DatabaseError, QueryError};
use crate::tenancy::set_snapshot;

/// The advisory lock that orders writers of stores and projects on PostgreSQL. The number is
/// arbitrary and must not change.
const ADVISORY_LOCK: i64 = 0x5A11_57A6;

/// Why a transaction was rolled back.
enum Ended<E> {
    Diesel(DieselError),
    Caller(E),
}

impl<E> From<DieselError> for Ended<E> {
    fn from(error: DieselError) -> Self {
        Self::Diesel(error)
    }
}

/// Runs `act` in one transaction: all of it happens, or nothing.
///
/// # Errors
/// The error of `act`; [`DatabaseError::Unavailable`] if the database does not answer.
pub fn transaction<T, E: QueryError>(
    connection: &mut DbConnection,
    act: impl FnOnce(&mut DbConnection) -> Result<T, E>,
) -> Result<T, E> {
    let ended = connection.transaction(|connection| act(connection).map_err(Ended::Caller));
    ended.map_err(|error| match error {
        Ended::Diesel(error) => DatabaseError::from(error).into(),
        Ended::Caller(error) => error,
    })
}

/// Runs `write` in a transaction that excludes every other one of this kind, so that what it reads
/// stays true until it commits. For writes that concern no single project.
///
/// # Errors
/// The error of `write`; [`DatabaseError::Unavailable`] if the database does not answer.
pub fn exclusive<T, E: QueryError>(
    connection: &mut DbConnection,
    write: impl FnOnce(&mut DbConnection) -> Result<T, E>,
) -> Result<T, E> {
    transaction(connection, |connection| {
        take_write_lock(connection)?;
        take_advisory_lock(connection)?;
        write(connection)
    })
}

/// Takes SQLite's write lock now, for a transaction that reads before it writes. Without the lock,
/// SQLite refuses the first write after a read at once instead of waiting.
///
/// # Errors
/// [`DatabaseError::Unavailable`] if the database does not answer.
pub fn take_write_lock(connection: &mut DbConnection) -> Result<(), DatabaseError> {
    if let DbConnection::Sqlite(sqlite) = connection {
        sqlite.batch_execute("UPDATE project_head SET revision = revision WHERE 0")?;
    }
    Ok(())
}

fn take_advisory_lock(connection: &mut DbConnection) -> Result<(), DatabaseError> {
    if let DbConnection::Postgres(postgres) = connection {
        postgres.batch_execute(&format!("SELECT pg_advisory_xact_lock({ADVISORY_LOCK})"))?;
    }
    Ok(())
}

/// Runs `read` on one snapshot of the project's rows: all of its queries see the same state.
///
/// # Errors
/// The error of `read`; [`DatabaseError::Unavailable`] if the database does not answer.
pub fn snapshot<T, E: QueryError>(
    connection: &mut DbConnection,
    project: &ProjectId,
    read: impl FnOnce(&mut DbConnection) -> Result<T, E>,
) -> Result<T, E> {
    transaction(connection, |connection| {
        set_snapshot(connection, project)?;
        read(connection)
    })
}
