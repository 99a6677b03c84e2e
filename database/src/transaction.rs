//! The kinds of transactions there are. What a caller runs in one may end in errors of its own.

use diesel::Connection as _;
use diesel::connection::SimpleConnection as _;
use diesel::result::Error as DieselError;

use crate::connection::DbConnection;
use crate::domain::ProjectId;
use crate::error::{DatabaseError, QueryError};
use crate::tenancy::set_snapshot;

/// Orders those who write stores and projects on PostgreSQL. The number is arbitrary and must not
/// change.
const ADVISORY_LOCK: i64 = 0x5A11_57A6;

/// How a transaction ended that was rolled back.
enum Ended<E> {
    Diesel(DieselError),
    Caller(E),
}

impl<E> From<DieselError> for Ended<E> {
    fn from(error: DieselError) -> Self {
        Self::Diesel(error)
    }
}

/// Runs `act` in one transaction: all of it happens, or none.
///
/// # Errors
/// Whatever `act` ends in; the database is not available.
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

/// Runs `write`, which bears on no single project, as the only such transaction there is: what it
/// reads stays true until it is done.
///
/// # Errors
/// Whatever `write` ends in; the database is not available.
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

/// Has a transaction that reads first and writes then wait for SQLite's one writer now: once it has
/// read, it is refused at once.
///
/// # Errors
/// The database is not available.
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

/// Runs `read` on one state of the project's rows: what it sees in its last query was there in
/// its first.
///
/// # Errors
/// Whatever `read` ends in; the database is not available.
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
