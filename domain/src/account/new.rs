//! An account that is to be made.

use sail_cargo_protocol::CreateAccount;

use super::display_name::DisplayName;
use super::email::Email;
use super::password::NewPassword;
use super::stored::names;
use super::username::Username;
use crate::caller::Caller;
use crate::flaw::{Field, Flaw};

/// An account that may be made.
#[derive(Debug)]
pub struct NewAccount {
    /// The name to sign in with.
    pub username: Username,
    /// The e-mail address to sign in with as well.
    pub email: Option<Email>,
    /// The name for people to read.
    pub display_name: Option<DisplayName>,
    /// It belongs to a program.
    pub service_account: bool,
    /// How its user gets a password.
    pub first_password: FirstPassword,
}

/// How the user of a new account gets a password.
#[derive(Debug)]
pub enum FirstPassword {
    /// By an invitation.
    Invitation,
    /// It is given, and its user may have to set another one at the first sign-in.
    Given {
        /// The password.
        password: NewPassword,
        /// Whether its user sets another one.
        must_change: bool,
    },
}

/// Why an account is not made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AccountRefusal {
    /// A field breaks a rule.
    #[error(transparent)]
    Flaw(#[from] Flaw),
    /// Only the application and operators give passwords.
    #[error("only the application gives accounts a password: invite the user")]
    PasswordNotYours,
}

impl NewAccount {
    /// Reads an account that `maker` asks for.
    ///
    /// # Errors
    /// [`AccountRefusal`] if a field breaks a rule, or a user would give a password.
    pub fn parse(asked: &CreateAccount, maker: &Caller) -> Result<Self, AccountRefusal> {
        let username = Username::parse(&asked.username).map_err(Flaw::of(Field::Username))?;
        let email = asked.email.as_deref().map(Email::parse).transpose();
        let email = email.map_err(Flaw::of(Field::Email))?;
        let display_name = asked.display_name.as_deref().map(DisplayName::parse).transpose();
        let display_name = display_name.map_err(Flaw::of(Field::DisplayName))?;
        let first_password = match &asked.password {
            None if asked.must_change_password.is_some() => {
                let rule = "goes with a password";
                return Err(Flaw::new(Field::MustChangePassword, rule).into());
            }
            None => FirstPassword::Invitation,
            Some(_) if matches!(maker, Caller::User(_)) => {
                return Err(AccountRefusal::PasswordNotYours);
            }
            Some(text) => {
                let names = names(&username, email.as_ref(), display_name.as_ref());
                let password = NewPassword::parse(text.expose(), &names, Field::Password)?;
                let must_change = asked.must_change_password.unwrap_or(true);
                FirstPassword::Given { password, must_change }
            }
        };
        let service_account = asked.service_account;
        Ok(Self { username, email, display_name, service_account, first_password })
    }
}
