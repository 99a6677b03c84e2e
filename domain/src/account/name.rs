//! By what an account is named: in a path, and at the sign-in.

use super::email::Email;
use super::id::AccountId;
use super::username::Username;
use crate::invalid_name::InvalidName;

/// By what a request names an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AccountName {
    /// By its id.
    Id(AccountId),
    /// By its username.
    Username(Username),
}

impl AccountName {
    /// Reads an id or a username: no username is an id.
    ///
    /// # Errors
    /// [`InvalidName`] if it is neither.
    pub fn parse(text: &str) -> Result<Self, InvalidName> {
        AccountId::parse(text).map(Self::Id).or_else(|_| Username::parse(text).map(Self::Username))
    }
}

/// By what somebody who signs in names their account.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum LoginName {
    /// By its username.
    Username(Username),
    /// By its e-mail address.
    Email(Email),
}
