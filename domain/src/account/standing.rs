//! What of an account decisions rest on: whether its tokens and keys are good, and its name.

use super::stored::AccountStatus;
use super::username::Username;

/// Counts what ends an account's tokens: changes of its password, resets, ends of its sessions. A token names
/// the epoch it was made in, and is good in that one only.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TokenEpoch(i64);

impl TokenEpoch {
    /// The epoch with this number.
    pub const fn of(number: i64) -> Self {
        Self(number)
    }

    /// Its number.
    pub const fn number(self) -> i64 {
        self.0
    }

    /// The next one: nothing of this one is good in it.
    #[must_use]
    pub const fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }
}

/// Whether an account is in use, and its epoch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AccountStanding {
    /// What the account is good for.
    pub status: AccountStatus,
    /// Its epoch.
    pub epoch: TokenEpoch,
}

/// What of an account decisions rest on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountFacts {
    /// What it is called: the value of `${username}`.
    pub username: Username,
    /// Whether its tokens and keys are good.
    pub standing: AccountStanding,
}

/// Why a token of an account is not good. What its user sees is the same for all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AccountFlaw {
    /// There is no such account.
    #[error("there is no such account")]
    Unknown,
    /// Nobody signs in with it.
    #[error("the account is not active")]
    NotActive,
    /// It was signed out everywhere since.
    #[error("the account was signed out since")]
    SignedOut,
}

impl AccountStanding {
    /// Whether its user may be let in.
    pub fn is_active(&self) -> bool {
        self.status == AccountStatus::Active
    }

    /// Checks that what was made in `epoch` is good.
    ///
    /// # Errors
    /// [`AccountFlaw`] if the account is not active, or in another epoch.
    pub fn demand(&self, epoch: TokenEpoch) -> Result<(), AccountFlaw> {
        if !self.is_active() {
            return Err(AccountFlaw::NotActive);
        }
        if self.epoch != epoch {
            return Err(AccountFlaw::SignedOut);
        }
        Ok(())
    }
}
