//! An account in the change log.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::domain::SubjectId;
use crate::domain::account::{
    AccountFacts, AccountId, AccountStanding, AccountStatus, StoredAccount, TokenEpoch, Username,
};
use crate::error::DatabaseError;

/// An account as it is written down. The names and forms of the fields never change.
///
/// It has what decisions rest on, and not what its user is called by people or mailed at: a log that is kept for
/// ever could not forget that.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AccountRecord {
    /// Its id.
    pub id: String,
    /// The name to sign in with.
    pub username: String,
    /// What it is good for.
    pub status: AccountStatusWord,
    /// It belongs to a program.
    pub service_account: bool,
    /// Its user sets a new password before anything else.
    pub must_change_password: bool,
    /// The epoch of its tokens.
    pub epoch: i64,
    /// When it was made.
    pub created_at: DateTime<Utc>,
}

impl AccountRecord {
    /// The layout that brought its newest field, or word.
    pub(super) const LAYOUT: u8 = 6;
}

/// What an account is good for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum AccountStatusWord {
    /// Its user may sign in.
    #[serde(rename = "active")]
    Active,
    /// Its user has set no password yet.
    #[serde(rename = "invited")]
    Invited,
    /// Nobody signs in with it.
    #[serde(rename = "disabled")]
    Disabled,
}

/// What of a recorded account is read again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoggedAccount {
    /// Its user.
    pub user: SubjectId,
    /// What decisions rest on.
    pub facts: AccountFacts,
}

impl From<AccountStatus> for AccountStatusWord {
    fn from(status: AccountStatus) -> Self {
        match status {
            AccountStatus::Active => Self::Active,
            AccountStatus::Invited => Self::Invited,
            AccountStatus::Disabled => Self::Disabled,
        }
    }
}

impl From<AccountStatusWord> for AccountStatus {
    fn from(word: AccountStatusWord) -> Self {
        match word {
            AccountStatusWord::Active => Self::Active,
            AccountStatusWord::Invited => Self::Invited,
            AccountStatusWord::Disabled => Self::Disabled,
        }
    }
}

impl From<&StoredAccount> for AccountRecord {
    fn from(account: &StoredAccount) -> Self {
        Self {
            id: account.id.to_string(),
            username: account.username.to_string(),
            status: account.status.into(),
            service_account: account.service_account,
            must_change_password: account.must_change_password,
            epoch: account.epoch.number(),
            created_at: account.created_at,
        }
    }
}

impl TryFrom<AccountRecord> for LoggedAccount {
    type Error = DatabaseError;

    fn try_from(record: AccountRecord) -> Result<Self, DatabaseError> {
        let id = AccountId::parse(&record.id).map_err(DatabaseError::corrupt)?;
        let username = Username::parse(&record.username).map_err(DatabaseError::corrupt)?;
        let epoch = TokenEpoch::of(record.epoch);
        let standing = AccountStanding { status: record.status.into(), epoch };
        Ok(Self { user: id.user().clone(), facts: AccountFacts { username, standing } })
    }
}
