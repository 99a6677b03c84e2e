//! `account`: the users whom the embedded auth service keeps, and what they sign in with.

pub mod invitations;
pub mod refresh_tokens;
pub mod reserved_usernames;
mod rows;
pub mod signing_keys;

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::result::{DatabaseErrorKind, Error as DieselError};

use crate::columns::{micros, rows_at_most};
use crate::connection::DbConnection;
use crate::domain::account::{
    AccountFacts, AccountId, AccountStanding, AccountStatus, Email, StoredAccount, TokenEpoch,
    Username, Usernames,
};
use crate::domain::{Conflict, ProjectId, Secret, SubjectId};
use crate::error::DatabaseError;
use crate::history::Overlay;
use crate::schema::account as dsl;
use rows::{AccountChangeset, AccountRow, NewAccountRow, parse_status, status_word};

/// Which accounts to list.
#[derive(Debug, Clone, Default)]
pub struct AccountFilter {
    /// Only those whose username or e-mail address begins with this.
    pub search: Option<String>,
    /// Only those of this status.
    pub status: Option<AccountStatus>,
}

/// An account with the hash of its password.
pub struct Credentials {
    /// The account.
    pub account: StoredAccount,
    /// The hash, if it has a password.
    pub password_hash: Option<Secret>,
}

/// Adds an account.
///
/// # Errors
/// [`Conflict::UsernameTaken`] or [`Conflict::EmailTaken`] if another account of the project has the name.
pub fn insert(
    connection: &mut DbConnection,
    project: &ProjectId,
    account: &StoredAccount,
    password_hash: Option<&Secret>,
) -> Result<(), DatabaseError> {
    let row = NewAccountRow::new(project, account, password_hash);
    let inserted = diesel::insert_into(dsl::table).values(row).execute(connection);
    inserted.map(drop).map_err(|error| taken(error, &account.username))
}

/// Changes an account that is there: all but its password.
///
/// # Errors
/// [`Conflict::UsernameTaken`] or [`Conflict::EmailTaken`] if another account of the project has the name.
pub fn update(
    connection: &mut DbConnection,
    project: &ProjectId,
    account: &StoredAccount,
) -> Result<(), DatabaseError> {
    let row = dsl::table
        .filter(dsl::project_id.eq(project.as_str()))
        .filter(dsl::id.eq(account.id.as_str()));
    let updated = diesel::update(row).set(AccountChangeset::of(account)).execute(connection);
    updated.map(drop).map_err(|error| taken(error, &account.username))
}

/// The conflict that a unique index found.
fn taken(error: DieselError, username: &Username) -> DatabaseError {
    match &error {
        DieselError::DatabaseError(DatabaseErrorKind::UniqueViolation, told) => {
            let of_email = told.message().contains("email");
            let conflict = if of_email {
                Conflict::EmailTaken
            } else {
                Conflict::UsernameTaken(username.clone())
            };
            DatabaseError::Conflict(conflict)
        }
        _ => error.into(),
    }
}

/// Sets the password of an account, or takes it away.
pub fn set_password(
    connection: &mut DbConnection,
    project: &ProjectId,
    id: &AccountId,
    password_hash: Option<&Secret>,
) -> Result<(), DatabaseError> {
    let row =
        dsl::table.filter(dsl::project_id.eq(project.as_str())).filter(dsl::id.eq(id.as_str()));
    let hash = password_hash.map(Secret::expose);
    diesel::update(row).set(dsl::password_hash.eq(hash)).execute(connection)?;
    Ok(())
}

/// Puts a hash of the same password in the place of `before`, if that is still the account's.
pub fn rehash(
    connection: &mut DbConnection,
    project: &ProjectId,
    id: &AccountId,
    before: &Secret,
    after: &Secret,
) -> Result<(), DatabaseError> {
    let row = dsl::table
        .filter(dsl::project_id.eq(project.as_str()))
        .filter(dsl::id.eq(id.as_str()))
        .filter(dsl::password_hash.eq(before.expose()));
    diesel::update(row).set(dsl::password_hash.eq(after.expose())).execute(connection)?;
    Ok(())
}

/// Notes that the user of an account signed in at `now`.
pub fn note_login(
    connection: &mut DbConnection,
    project: &ProjectId,
    id: &AccountId,
    now: DateTime<Utc>,
) -> Result<(), DatabaseError> {
    let row =
        dsl::table.filter(dsl::project_id.eq(project.as_str())).filter(dsl::id.eq(id.as_str()));
    diesel::update(row).set(dsl::last_login_at.eq(micros(now))).execute(connection)?;
    Ok(())
}

/// Takes an account away for ever.
pub fn delete(
    connection: &mut DbConnection,
    project: &ProjectId,
    id: &AccountId,
) -> Result<(), DatabaseError> {
    let row =
        dsl::table.filter(dsl::project_id.eq(project.as_str())).filter(dsl::id.eq(id.as_str()));
    diesel::delete(row).execute(connection)?;
    Ok(())
}

/// One account, by its id.
pub fn find(
    connection: &mut DbConnection,
    project: &ProjectId,
    id: &AccountId,
) -> Result<Option<Credentials>, DatabaseError> {
    let rows = dsl::table
        .filter(dsl::project_id.eq(project.as_str()))
        .filter(dsl::id.eq(id.as_str()))
        .select((AccountRow::as_select(), dsl::password_hash));
    read(rows.first(connection).optional()?)
}

/// One account, by its username.
pub fn find_named(
    connection: &mut DbConnection,
    project: &ProjectId,
    username: &Username,
) -> Result<Option<Credentials>, DatabaseError> {
    let rows = dsl::table
        .filter(dsl::project_id.eq(project.as_str()))
        .filter(dsl::username.eq(username.as_str()))
        .select((AccountRow::as_select(), dsl::password_hash));
    read(rows.first(connection).optional()?)
}

/// One of the accounts that have one of these `names`.
pub fn any_named(
    connection: &mut DbConnection,
    project: &ProjectId,
    names: &[Username],
) -> Result<Option<(Username, AccountId)>, DatabaseError> {
    let names: Vec<_> = names.iter().map(Username::as_str).collect();
    let row = dsl::table
        .filter(dsl::project_id.eq(project.as_str()))
        .filter(dsl::username.eq_any(names))
        .order(dsl::username)
        .select((dsl::username, dsl::id));
    let found: Option<(String, String)> = row.first(connection).optional()?;
    let read = found.map(|(username, id)| {
        let username = Username::parse(&username).map_err(DatabaseError::corrupt)?;
        Ok((username, AccountId::parse(&id).map_err(DatabaseError::corrupt)?))
    });
    read.transpose()
}

/// One account, by its e-mail address.
pub fn find_mailed(
    connection: &mut DbConnection,
    project: &ProjectId,
    email: &Email,
) -> Result<Option<Credentials>, DatabaseError> {
    let rows = dsl::table
        .filter(dsl::project_id.eq(project.as_str()))
        .filter(dsl::email.eq(email.as_str()))
        .select((AccountRow::as_select(), dsl::password_hash));
    read(rows.first(connection).optional()?)
}

fn read(row: Option<(AccountRow, Option<String>)>) -> Result<Option<Credentials>, DatabaseError> {
    let Some((row, hash)) = row else { return Ok(None) };
    Ok(Some(Credentials { account: row.try_into()?, password_hash: hash.map(Secret::new) }))
}

/// The accounts of a project by username, behind `after`, at most `limit`.
pub fn list(
    connection: &mut DbConnection,
    project: &ProjectId,
    filter: &AccountFilter,
    after: &str,
    limit: usize,
) -> Result<Vec<StoredAccount>, DatabaseError> {
    let mut query = dsl::table
        .filter(dsl::project_id.eq(project.to_string()))
        .filter(dsl::username.gt(after.to_owned()))
        .order(dsl::username)
        .limit(rows_at_most(limit))
        .into_boxed();
    if let Some(begins) = &filter.search {
        let begins = begins.to_ascii_lowercase();
        let end = format!("{begins}\u{10ffff}");
        let named = dsl::username.ge(begins.clone()).and(dsl::username.lt(end.clone()));
        let mailed = dsl::email.ge(begins).and(dsl::email.lt(end)).and(dsl::email.is_not_null());
        query = query.filter(named.nullable().or(mailed.nullable()));
    }
    if let Some(status) = filter.status {
        query = query.filter(dsl::status.eq(status_word(status)));
    }
    let rows = query.select(AccountRow::as_select()).load(connection)?;
    rows.into_iter().map(StoredAccount::try_from).collect()
}

/// Whether a project has any account.
pub fn has_any(connection: &mut DbConnection, project: &ProjectId) -> Result<bool, DatabaseError> {
    let rows = dsl::table.filter(dsl::project_id.eq(project.as_str())).select(dsl::id);
    let found: Option<String> = rows.first(connection).optional()?;
    Ok(found.is_some())
}

/// What decides whether the tokens and keys of a user are good; `None` if the user is no account.
pub fn standing(
    connection: &mut DbConnection,
    project: &ProjectId,
    user: &SubjectId,
) -> Result<Option<AccountStanding>, DatabaseError> {
    let row = dsl::table
        .filter(dsl::project_id.eq(project.as_str()))
        .filter(dsl::id.eq(user.as_str()))
        .select((dsl::status, dsl::token_epoch));
    let found: Option<(String, i64)> = row.first(connection).optional()?;
    found.map(|(status, epoch)| to_standing(&status, epoch)).transpose()
}

/// What decisions rest on of all accounts of a project, by user.
pub fn facts(
    connection: &mut DbConnection,
    project: &ProjectId,
) -> Result<Vec<(SubjectId, AccountFacts)>, DatabaseError> {
    let rows: Vec<(String, String, String, i64)> = dsl::table
        .filter(dsl::project_id.eq(project.as_str()))
        .select((dsl::id, dsl::username, dsl::status, dsl::token_epoch))
        .load(connection)?;
    let read = rows.into_iter().map(|(id, username, status, epoch)| {
        let user = SubjectId::parse(&id).map_err(DatabaseError::corrupt)?;
        let username = Username::parse(&username).map_err(DatabaseError::corrupt)?;
        Ok((user, AccountFacts { username, standing: to_standing(&status, epoch)? }))
    });
    read.collect()
}

/// What the account of a user was called before the changes of `overlay`; `None` if the user had no account.
pub fn username(
    connection: &mut DbConnection,
    project: &ProjectId,
    user: &SubjectId,
    overlay: &Overlay,
) -> Result<Option<Username>, DatabaseError> {
    if let Some(diff) = overlay.accounts.get(user) {
        return Ok(diff.before.as_ref().map(|account| account.facts.username.clone()));
    }
    // No other id is an account's.
    let Ok(id) = AccountId::parse(user.as_str()) else { return Ok(None) };
    let row = dsl::table
        .filter(dsl::project_id.eq(project.as_str()))
        .filter(dsl::id.eq(id.as_str()))
        .select(dsl::username);
    let found: Option<String> = row.first(connection).optional()?;
    found.map(|name| Username::parse(&name).map_err(DatabaseError::corrupt)).transpose()
}

/// What these accounts are called: at most a page of them.
pub fn usernames_of(
    connection: &mut DbConnection,
    project: &ProjectId,
    accounts: &[AccountId],
) -> Result<Usernames, DatabaseError> {
    let ids = accounts.iter().map(AccountId::as_str);
    let rows: Vec<(String, String)> = dsl::table
        .filter(dsl::project_id.eq(project.as_str()))
        .filter(dsl::id.eq_any(ids))
        .select((dsl::id, dsl::username))
        .load(connection)?;
    let read = rows.into_iter().map(|(id, username)| {
        let user = SubjectId::parse(&id).map_err(DatabaseError::corrupt)?;
        Ok((user, Username::parse(&username).map_err(DatabaseError::corrupt)?))
    });
    read.collect()
}

/// What all accounts of a project were called before the changes of `overlay`.
pub fn usernames(
    connection: &mut DbConnection,
    project: &ProjectId,
    overlay: &Overlay,
) -> Result<Usernames, DatabaseError> {
    let mut names: BTreeMap<SubjectId, Username> = facts(connection, project)?
        .into_iter()
        .map(|(user, facts)| (user, facts.username))
        .collect();
    for (user, diff) in &overlay.accounts {
        match &diff.before {
            Some(then) => names.insert(user.clone(), then.facts.username.clone()),
            None => names.remove(user),
        };
    }
    Ok(names.into_iter().collect())
}

fn to_standing(status: &str, epoch: i64) -> Result<AccountStanding, DatabaseError> {
    Ok(AccountStanding { status: parse_status(status)?, epoch: TokenEpoch::of(epoch) })
}
