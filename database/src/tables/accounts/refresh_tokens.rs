//! `refresh_token`: one row for each sign-in that lasts.

use chrono::{DateTime, Utc};
use diesel::prelude::*;

use crate::columns::{instant, micros};
use crate::connection::{Backend, DbConnection};
use crate::domain::ProjectId;
use crate::domain::account::{AccountId, FamilyId, RefreshFamily, TokenEpoch};
use crate::domain::limits::REFRESH_IDLE;
use crate::error::DatabaseError;
use crate::schema::refresh_token as dsl;

#[derive(Queryable, Selectable)]
#[diesel(table_name = dsl, check_for_backend(Backend))]
struct FamilyRow {
    family: String,
    account_id: String,
    serial: i64,
    epoch: i64,
    rotated_at: i64,
    signed_in_at: i64,
    expires_at: i64,
}

#[derive(Insertable)]
#[diesel(table_name = dsl)]
struct NewFamilyRow<'a> {
    family: String,
    project_id: &'a str,
    account_id: &'a str,
    token_hash: &'a [u8],
    serial: i64,
    epoch: i64,
    rotated_at: i64,
    signed_in_at: i64,
    expires_at: i64,
}

impl TryFrom<FamilyRow> for RefreshFamily {
    type Error = DatabaseError;

    fn try_from(row: FamilyRow) -> Result<Self, DatabaseError> {
        let mut id = [0; 16];
        hex::decode_to_slice(&row.family, &mut id).map_err(DatabaseError::corrupt)?;
        Ok(Self {
            id: FamilyId::from_bytes(id),
            account: AccountId::parse(&row.account_id).map_err(DatabaseError::corrupt)?,
            epoch: TokenEpoch::of(row.epoch),
            serial: u32::try_from(row.serial).map_err(DatabaseError::corrupt)?,
            rotated_at: instant(row.rotated_at)?,
            signed_in_at: instant(row.signed_in_at)?,
            expires_at: instant(row.expires_at)?,
        })
    }
}

fn key(id: &FamilyId) -> String {
    hex::encode(id.as_bytes())
}

/// Adds a family, whose first token has this hash.
pub fn insert(
    connection: &mut DbConnection,
    project: &ProjectId,
    family: &RefreshFamily,
    token_hash: &[u8],
) -> Result<(), DatabaseError> {
    let row = NewFamilyRow {
        family: key(&family.id),
        project_id: project.as_str(),
        account_id: family.account.as_str(),
        token_hash,
        serial: family.serial.into(),
        epoch: family.epoch.number(),
        rotated_at: micros(family.rotated_at),
        signed_in_at: micros(family.signed_in_at),
        expires_at: micros(family.expires_at),
    };
    diesel::insert_into(dsl::table).values(row).execute(connection)?;
    Ok(())
}

/// One family, and the hash of its last token.
pub fn find(
    connection: &mut DbConnection,
    project: &ProjectId,
    id: &FamilyId,
) -> Result<Option<(RefreshFamily, Vec<u8>)>, DatabaseError> {
    let row = dsl::table
        .filter(dsl::project_id.eq(project.as_str()))
        .filter(dsl::family.eq(key(id)))
        .select((FamilyRow::as_select(), dsl::token_hash));
    let found: Option<(FamilyRow, Vec<u8>)> = row.first(connection).optional()?;
    found.map(|(row, hash)| Ok((row.try_into()?, hash))).transpose()
}

/// Makes the token `serial + 1` of a family its last, if `serial` still is: of two requests at once, one is
/// told that it did so.
pub fn advance(
    connection: &mut DbConnection,
    project: &ProjectId,
    family: &RefreshFamily,
    token_hash: &[u8],
    now: DateTime<Utc>,
) -> Result<bool, DatabaseError> {
    let row = dsl::table
        .filter(dsl::project_id.eq(project.as_str()))
        .filter(dsl::family.eq(key(&family.id)))
        .filter(dsl::serial.eq(i64::from(family.serial)));
    let next = (
        dsl::serial.eq(i64::from(family.serial) + 1),
        dsl::token_hash.eq(token_hash),
        dsl::rotated_at.eq(micros(now)),
    );
    Ok(diesel::update(row).set(next).execute(connection)? == 1)
}

/// Ends a family.
pub fn end(
    connection: &mut DbConnection,
    project: &ProjectId,
    id: &FamilyId,
) -> Result<bool, DatabaseError> {
    let row =
        dsl::table.filter(dsl::project_id.eq(project.as_str())).filter(dsl::family.eq(key(id)));
    Ok(diesel::delete(row).execute(connection)? == 1)
}

/// Ends all families of an account.
pub fn end_all(
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

/// Removes the families of an account that are over at `now`.
pub fn prune(
    connection: &mut DbConnection,
    project: &ProjectId,
    account: &AccountId,
    now: DateTime<Utc>,
) -> Result<(), DatabaseError> {
    let is_over =
        dsl::expires_at.le(micros(now)).or(dsl::rotated_at.le(micros(now - REFRESH_IDLE)));
    let rows = dsl::table
        .filter(dsl::project_id.eq(project.as_str()))
        .filter(dsl::account_id.eq(account.as_str()))
        .filter(is_over);
    diesel::delete(rows).execute(connection)?;
    Ok(())
}
