//! Unused space in the database file.

use diesel::RunQueryDsl as _;
use diesel::sql_types::BigInt;

use crate::connection::DbConnection;
use crate::error::DatabaseError;

/// The size of the pages on a SQLite file's freelist (<https://sqlite.org/fileformat2.html> §1.5),
/// in bytes. 0 on PostgreSQL, whose files this server does not manage.
pub(crate) fn bytes(connection: &mut DbConnection) -> Result<u64, DatabaseError> {
    let DbConnection::Sqlite(sqlite) = connection else { return Ok(0) };
    let query = "SELECT freelist_count * page_size AS bytes \
                 FROM pragma_freelist_count, pragma_page_size";
    let found = diesel::sql_query(query).get_result::<Spare>(sqlite)?;
    Ok(u64::try_from(found.bytes).unwrap_or_default())
}

#[derive(diesel::QueryableByName)]
struct Spare {
    #[diesel(sql_type = BigInt)]
    bytes: i64,
}

#[cfg(test)]
mod tests {
    use diesel::Connection as _;
    use diesel::connection::SimpleConnection as _;
    use diesel::sqlite::SqliteConnection;

    use super::*;

    #[test]
    fn pages_of_deleted_rows_are_spare() {
        let sqlite = SqliteConnection::establish(":memory:").unwrap();
        let mut connection = DbConnection::Sqlite(sqlite);
        connection.batch_execute("CREATE TABLE t AS SELECT zeroblob(100000) AS b").unwrap();
        assert_eq!(bytes(&mut connection).unwrap(), 0);
        connection.batch_execute("DELETE FROM t").unwrap();
        assert!(bytes(&mut connection).unwrap() >= 100_000 / 2);
    }
}
