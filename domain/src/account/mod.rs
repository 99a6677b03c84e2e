//! Accounts: the users whom the embedded auth service keeps.
//!
//! An account is a user of one project. Its id is what grants and tokens name; its username and its e-mail
//! address are what people sign in with. A username is never given to another account.

mod display_name;
mod edit;
mod email;
mod id;
mod known_passwords;
mod name;
mod new;
mod password;
mod password_rules;
mod refresh;
mod signing_keys;
mod standing;
mod stored;
mod username;
mod usernames;

pub use display_name::DisplayName;
pub use edit::AccountEdit;
pub use email::Email;
pub use id::AccountId;
pub use name::{AccountName, LoginName};
pub use new::{AccountRefusal, FirstPassword, NewAccount};
pub use password::{NewPassword, Password};
pub use refresh::{FamilyId, RefreshFamily, RefreshVerdict};
pub use signing_keys::{KeyDates, KeyStep, SigningKeyStatus, plan, withdrawal};
pub use standing::{AccountFacts, AccountFlaw, AccountStanding, TokenEpoch};
pub use stored::{AccountStatus, Reserved, StoredAccount};
pub use username::Username;
pub use usernames::Usernames;

/// The group whose live members administer accounts: one that Cargo keeps, never one of a token.
pub const ADMINS: &str = "admins";

#[cfg(test)]
mod tests;
