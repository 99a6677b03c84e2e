//! A change of an account.

use sail_cargo_protocol::PatchAccount;

use super::display_name::DisplayName;
use super::email::Email;
use super::stored::{AccountStatus, StoredAccount};
use super::username::Username;
use crate::flaw::{Field, Flaw};

/// A change that an administrator makes. What is `None` stays as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AccountEdit {
    username: Option<Username>,
    /// `Set(None)` takes it away.
    email: Change<Email>,
    display_name: Change<DisplayName>,
    active: Option<bool>,
    must_change_password: Option<bool>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
enum Change<T> {
    #[default]
    Keep,
    Set(Option<T>),
}

impl<T: Clone> Change<T> {
    fn apply(&self, before: Option<&T>) -> Option<T> {
        match self {
            Self::Keep => before.cloned(),
            Self::Set(after) => after.clone(),
        }
    }
}

impl AccountEdit {
    /// Reads a change.
    ///
    /// # Errors
    /// A [`Flaw`] if a field breaks a rule.
    pub fn parse(patch: &PatchAccount) -> Result<Self, Flaw> {
        let username = patch.username.as_deref().map(Username::parse).transpose();
        let email = read(patch.email.as_deref(), Email::parse);
        let display_name = read(patch.display_name.as_deref(), DisplayName::parse);
        let active = match patch.status {
            None => None,
            Some(AccountStatus::Active) => Some(true),
            Some(AccountStatus::Disabled) => Some(false),
            Some(AccountStatus::Invited) => {
                return Err(Flaw::new(Field::Status, "`active` or `disabled`"));
            }
        };
        Ok(Self {
            username: username.map_err(Flaw::of(Field::Username))?,
            email: email.map_err(Flaw::of(Field::Email))?,
            display_name: display_name.map_err(Flaw::of(Field::DisplayName))?,
            active,
            must_change_password: patch.must_change_password,
        })
    }

    /// Whether it changes what its user signs in with by mail.
    pub const fn sets_email(&self) -> bool {
        matches!(self.email, Change::Set(_))
    }

    /// The account after the change. Whoever is disabled is signed out for good. An account without a
    /// password is invited, not active.
    pub fn apply(&self, before: &StoredAccount, has_password: bool) -> StoredAccount {
        let status = match self.active {
            None => before.status,
            Some(false) => AccountStatus::Disabled,
            Some(true) if has_password => AccountStatus::Active,
            Some(true) => AccountStatus::Invited,
        };
        let is_put_out = status == AccountStatus::Disabled && before.status != status;
        StoredAccount {
            username: self.username.clone().unwrap_or_else(|| before.username.clone()),
            email: self.email.apply(before.email.as_ref()),
            display_name: self.display_name.apply(before.display_name.as_ref()),
            status,
            must_change_password: self.must_change_password.unwrap_or(before.must_change_password),
            epoch: if is_put_out { before.epoch.next() } else { before.epoch },
            ..before.clone()
        }
    }
}

/// A field in which an empty text takes the value away.
fn read<T, E>(
    text: Option<&str>,
    parse: impl FnOnce(&str) -> Result<T, E>,
) -> Result<Change<T>, E> {
    match text {
        None => Ok(Change::Keep),
        Some("") => Ok(Change::Set(None)),
        Some(text) => parse(text).map(Some).map(Change::Set),
    }
}
