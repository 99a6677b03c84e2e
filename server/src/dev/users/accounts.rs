//! Makes the accounts of the demo users, by the public API.

use sail_cargo_client::{Client, Error};
use sail_cargo_protocol::{Account, AccountStatus, CreateAccount, PatchAccount, SecretText};

use super::DemoUsers;
use crate::domain::Secret;

/// The usernames of the demo users.
pub const NAMES: [&str; 3] = ["ada", "bob", "carl"];

/// Makes the accounts that are not there, and lets those sign in that were disabled.
///
/// # Errors
/// The server refuses, or does not answer.
pub(in crate::dev) async fn make(
    password: Secret,
    root: &Client,
    operator: &Client,
) -> Result<DemoUsers, Error> {
    let mut accounts = Vec::new();
    for name in NAMES {
        accounts.push(match root.account(name).await {
            Ok(account) if account.status == AccountStatus::Disabled => enable(name, root).await?,
            Ok(account) => account,
            Err(error) if error.is_not_found() => create(name, &password, root, operator).await?,
            Err(error) => return Err(error),
        });
    }
    Ok(DemoUsers { password, accounts })
}

async fn create(
    name: &str,
    password: &Secret,
    root: &Client,
    operator: &Client,
) -> Result<Account, Error> {
    // The name of an account that was deleted is reserved.
    operator.free_username(name).await?;
    let new = CreateAccount {
        username: name.to_owned(),
        email: None,
        display_name: None,
        service_account: false,
        password: Some(SecretText::new(password.expose().to_owned())),
        must_change_password: Some(false),
        project: None,
    };
    Ok(root.create_account(&new).await?.account)
}

async fn enable(name: &str, root: &Client) -> Result<Account, Error> {
    let patch = PatchAccount { status: Some(AccountStatus::Active), ..PatchAccount::default() };
    root.patch_account(name, &patch).await
}
