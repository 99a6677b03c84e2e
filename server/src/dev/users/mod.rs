//! The demo users: accounts of the demo project, with one password that the state directory keeps.

mod accounts;
mod kept;
mod tokens;

use sail_cargo_protocol::{Account, Login, SecretText};

pub use accounts::NAMES;
pub(super) use accounts::make;
pub use kept::{KeptUsers, NoDemoUsers};
pub(super) use kept::{keep, password};
pub use tokens::DemoTokens;

use super::seed::PROJECT;
use crate::domain::Secret;

/// The demo users of a running stack.
#[derive(Debug)]
pub(super) struct DemoUsers {
    pub(super) password: Secret,
    pub(super) accounts: Vec<Account>,
}

impl DemoUsers {
    /// The id of a demo user, which grants name. Empty for anybody else.
    pub(super) fn id(&self, name: &str) -> &str {
        let account = self.accounts.iter().find(|account| account.username == name);
        account.map_or("", |account| &account.id)
    }
}

/// The sign-in of a demo user.
fn login(name: &str, password: &Secret) -> Login {
    Login {
        username: Some(name.to_owned()),
        email: None,
        password: SecretText::new(password.expose().to_owned()),
        new_password: None,
        project: Some(PROJECT.to_owned()),
    }
}
