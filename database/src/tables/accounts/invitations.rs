//! `invitation`: the one link by which the user of an account may set its password.

use chrono::{DateTime, Utc};
use diesel::prelude::*;

use crate::columns::micros;
use crate::connection::DbConnection;
use crate::domain::ProjectId;
use crate::domain::account::AccountId;
use crate::error::DatabaseError;
use crate::schema::invitation as dsl;

/// A new row.
#[derive(Insertable)]
#[diesel(table_name = dsl)]
struct NewInvitationRow<'a> {
    account_id: &'a str,
    project_id: &'a str,
    token_hash: &'a [u8],
    expires_at: i64,
}

/// Keeps the invitation whose token has this hash, in the place of any before.
pub fn put(
    connection: &mut DbConnection,
    project: &ProjectId,
    account: &AccountId,
    token_hash: &[u8],
    expires_at: DateTime<Utc>,
) -> Result<(), DatabaseError> {
    end(connection, project, account)?;
    let row = NewInvitationRow {
        account_id: account.as_str(),
        project_id: project.as_str(),
        token_hash,
        expires_at: micros(expires_at),
    };
    diesel::insert_into(dsl::table).values(row).execute(connection)?;
    Ok(())
}

/// Whether the token with this hash is good at `now`.
pub fn is_good(
    connection: &mut DbConnection,
    project: &ProjectId,
    account: &AccountId,
    token_hash: &[u8],
    now: DateTime<Utc>,
) -> Result<bool, DatabaseError> {
    let found = dsl::table
        .filter(dsl::project_id.eq(project.as_str()))
        .filter(dsl::account_id.eq(account.as_str()))
        .filter(dsl::token_hash.eq(token_hash))
        .filter(dsl::expires_at.gt(micros(now)));
    let count: i64 = found.count().get_result(connection)?;
    Ok(count > 0)
}

/// Ends the invitation of an account, if it has one.
pub fn end(
    connection: &mut DbConnection,
    project: &ProjectId,
    account: &AccountId,
) -> Result<(), DatabaseError> {
    let rows = dsl::table
        .filter(dsl::project_id.eq(project.as_str()))
        .filter(dsl::account_id.eq(account.as_str()));
    diesel::delete(rows).execute(connection)?;
    Ok(())
}
