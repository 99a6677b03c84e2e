//! An account as it is kept, without its password.

use chrono::{DateTime, Utc};
pub use sail_cargo_protocol::AccountStatus;

use super::display_name::DisplayName;
use super::email::Email;
use super::id::AccountId;
use super::standing::{AccountStanding, TokenEpoch};
use super::username::Username;

/// A stored account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredAccount {
    /// Its id.
    pub id: AccountId,
    /// The name to sign in with.
    pub username: Username,
    /// The e-mail address to sign in with as well.
    pub email: Option<Email>,
    /// The name for people to read.
    pub display_name: Option<DisplayName>,
    /// What it is good for.
    pub status: AccountStatus,
    /// It belongs to a program.
    pub service_account: bool,
    /// Its user sets a new password before anything else.
    pub must_change_password: bool,
    /// The epoch of its tokens.
    pub epoch: TokenEpoch,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When its user last signed in.
    pub last_login_at: Option<DateTime<Utc>>,
    /// When an administrator last reset it.
    pub reset_at: Option<DateTime<Utc>>,
    /// Who that was, as audit events name them.
    pub reset_by: Option<String>,
}

impl StoredAccount {
    /// What decides whether its tokens are good.
    pub const fn standing(&self) -> AccountStanding {
        AccountStanding { status: self.status, epoch: self.epoch }
    }

    /// The names that its password may not be made of.
    pub fn names(&self) -> Vec<&str> {
        names(&self.username, self.email.as_ref(), self.display_name.as_ref())
    }
}

/// The names of one account, for the rules of passwords.
pub(super) fn names<'a>(
    username: &'a Username,
    email: Option<&'a Email>,
    display_name: Option<&'a DisplayName>,
) -> Vec<&'a str> {
    let mut names = vec![username.as_str()];
    names.extend(email.iter().flat_map(|email| [email.as_str(), email.local()]));
    names.extend(
        display_name.iter().flat_map(|name| {
            std::iter::once(name.as_str()).chain(name.as_str().split_whitespace())
        }),
    );
    names
}

/// A username that no new account gets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reserved {
    /// The username.
    pub username: Username,
    /// The account that had it.
    pub account: AccountId,
    /// Since when it is reserved.
    pub reserved_at: DateTime<Utc>,
}
