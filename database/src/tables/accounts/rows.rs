//! The rows of `account`.

use diesel::prelude::*;

use crate::columns::{instant, maybe_instant, micros};
use crate::connection::Backend;
use crate::domain::account::{
    AccountId, AccountStatus, DisplayName, Email, StoredAccount, TokenEpoch, Username,
};
use crate::domain::{ProjectId, Secret};
use crate::error::DatabaseError;
use crate::schema::account as dsl;

/// An account as it is read, but for its password.
#[derive(Queryable, Selectable)]
#[diesel(table_name = dsl, check_for_backend(Backend))]
pub(super) struct AccountRow {
    id: String,
    username: String,
    email: Option<String>,
    display_name: Option<String>,
    status: String,
    service_account: bool,
    must_change_password: bool,
    token_epoch: i64,
    created_at: i64,
    last_login_at: Option<i64>,
    reset_at: Option<i64>,
    reset_by: Option<String>,
}

impl TryFrom<AccountRow> for StoredAccount {
    type Error = DatabaseError;

    fn try_from(row: AccountRow) -> Result<Self, DatabaseError> {
        let email = row.email.as_deref().map(Email::parse).transpose();
        let display_name = row.display_name.as_deref().map(DisplayName::parse).transpose();
        Ok(Self {
            id: AccountId::parse(&row.id).map_err(DatabaseError::corrupt)?,
            username: Username::parse(&row.username).map_err(DatabaseError::corrupt)?,
            email: email.map_err(DatabaseError::corrupt)?,
            display_name: display_name.map_err(DatabaseError::corrupt)?,
            status: parse_status(&row.status)?,
            service_account: row.service_account,
            must_change_password: row.must_change_password,
            epoch: TokenEpoch::of(row.token_epoch),
            created_at: instant(row.created_at)?,
            last_login_at: maybe_instant(row.last_login_at)?,
            reset_at: maybe_instant(row.reset_at)?,
            reset_by: row.reset_by,
        })
    }
}

/// What of an account changes, but for its password.
#[derive(Insertable, AsChangeset)]
#[diesel(table_name = dsl)]
#[diesel(treat_none_as_default_value = false, treat_none_as_null = true)]
pub(super) struct AccountChangeset<'a> {
    username: &'a str,
    email: Option<String>,
    display_name: Option<String>,
    status: &'a str,
    must_change_password: bool,
    token_epoch: i64,
    reset_at: Option<i64>,
    reset_by: Option<String>,
}

impl<'a> AccountChangeset<'a> {
    /// An account as it shall be.
    pub(super) fn of(account: &'a StoredAccount) -> Self {
        Self {
            username: account.username.as_str(),
            email: account.email.as_ref().map(Email::to_string),
            display_name: account.display_name.as_ref().map(DisplayName::to_string),
            status: status_word(account.status),
            must_change_password: account.must_change_password,
            token_epoch: account.epoch.number(),
            reset_at: account.reset_at.map(micros),
            reset_by: account.reset_by.clone(),
        }
    }
}

/// An account to be stored.
#[derive(Insertable)]
#[diesel(table_name = dsl)]
pub(super) struct NewAccountRow<'a> {
    id: &'a str,
    project_id: &'a str,
    password_hash: Option<&'a str>,
    service_account: bool,
    created_at: i64,
    #[diesel(embed)]
    changeset: AccountChangeset<'a>,
}

impl<'a> NewAccountRow<'a> {
    /// An account with which nobody signed in yet.
    pub(super) fn new(
        project: &'a ProjectId,
        account: &'a StoredAccount,
        password_hash: Option<&'a Secret>,
    ) -> Self {
        Self {
            id: account.id.as_str(),
            project_id: project.as_str(),
            password_hash: password_hash.map(Secret::expose),
            service_account: account.service_account,
            created_at: micros(account.created_at),
            changeset: AccountChangeset::of(account),
        }
    }
}

/// The stored word for a status.
pub(super) const fn status_word(status: AccountStatus) -> &'static str {
    match status {
        AccountStatus::Active => "active",
        AccountStatus::Invited => "invited",
        AccountStatus::Disabled => "disabled",
    }
}

/// The status that a stored word names.
pub(super) fn parse_status(word: &str) -> Result<AccountStatus, DatabaseError> {
    match word {
        "active" => Ok(AccountStatus::Active),
        "invited" => Ok(AccountStatus::Invited),
        "disabled" => Ok(AccountStatus::Disabled),
        other => Err(DatabaseError::corrupt(format!("no status is called {other}"))),
    }
}
