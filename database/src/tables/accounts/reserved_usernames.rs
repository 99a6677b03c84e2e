//! `reserved_username`: the usernames of deleted and renamed accounts.

use diesel::prelude::*;

use crate::columns::{instant, micros, rows_at_most};
use crate::connection::{Backend, DbConnection};
use crate::domain::ProjectId;
use crate::domain::account::{AccountId, Reserved, Username};
use crate::error::DatabaseError;
use crate::schema::reserved_username as dsl;

#[derive(Queryable, Selectable)]
#[diesel(table_name = dsl, check_for_backend(Backend))]
struct ReservedRow {
    username: String,
    account_id: String,
    reserved_at: i64,
}

#[derive(Insertable)]
#[diesel(table_name = dsl)]
struct NewReservedRow<'a> {
    project_id: &'a str,
    username: &'a str,
    account_id: &'a str,
    reserved_at: i64,
}

impl TryFrom<ReservedRow> for Reserved {
    type Error = DatabaseError;

    fn try_from(row: ReservedRow) -> Result<Self, DatabaseError> {
        Ok(Self {
            username: Username::parse(&row.username).map_err(DatabaseError::corrupt)?,
            account: AccountId::parse(&row.account_id).map_err(DatabaseError::corrupt)?,
            reserved_at: instant(row.reserved_at)?,
        })
    }
}

/// Reserves a username.
pub fn put(
    connection: &mut DbConnection,
    project: &ProjectId,
    reserved: &Reserved,
) -> Result<(), DatabaseError> {
    let row = NewReservedRow {
        project_id: project.as_str(),
        username: reserved.username.as_str(),
        account_id: reserved.account.as_str(),
        reserved_at: micros(reserved.reserved_at),
    };
    diesel::insert_into(dsl::table).values(row).execute(connection)?;
    Ok(())
}

/// Who had a username that is reserved.
pub fn find(
    connection: &mut DbConnection,
    project: &ProjectId,
    username: &Username,
) -> Result<Option<Reserved>, DatabaseError> {
    let row =
        dsl::table.find((project.as_str(), username.as_str())).select(ReservedRow::as_select());
    row.first(connection).optional()?.map(Reserved::try_from).transpose()
}

/// The reserved usernames of a project, behind `after`, at most `limit`.
pub fn list(
    connection: &mut DbConnection,
    project: &ProjectId,
    after: &str,
    limit: usize,
) -> Result<Vec<Reserved>, DatabaseError> {
    dsl::table
        .filter(dsl::project_id.eq(project.as_str()))
        .filter(dsl::username.gt(after))
        .order(dsl::username)
        .limit(rows_at_most(limit))
        .select(ReservedRow::as_select())
        .load(connection)?
        .into_iter()
        .map(Reserved::try_from)
        .collect()
}

/// Gives a username free; whether it was reserved.
pub fn free(
    connection: &mut DbConnection,
    project: &ProjectId,
    username: &Username,
) -> Result<bool, DatabaseError> {
    let row = dsl::table.find((project.as_str(), username.as_str()));
    Ok(diesel::delete(row).execute(connection)? == 1)
}
