//! Accounts: made, changed, signed in with, and the keys that their tokens are signed with.

mod admin;
mod change;
mod create;
mod end;
mod invitations;
mod list;
mod names;
mod refresh;
mod reset;
mod sign_in;
mod signing_keys;
mod standing;
mod usernames;

pub(super) use admin::{demand_admin, demand_another_admin};
pub use create::MadeAccount;
pub use end::AccountEnd;
pub use invitations::MadeInvitation;
pub(super) use names::{account_named, refuse_usernames};
pub use refresh::Refreshed;
pub use sign_in::{NewPasswordHash, Proven, SignIn, SignedInAccount};
pub use signing_keys::KeyPair;
pub(super) use standing::demand_same_epoch;

use chrono::{DateTime, Utc};
use sail_cargo_database::change_log::{LoggedRow, Sides};
use sail_cargo_database::tables::accounts::{self, Credentials};
use sail_cargo_database::{DatabaseError, DbConnection};

use super::error::ServiceError;
use super::mutation::Change;
use crate::domain::account::{AccountName, StoredAccount};
use crate::domain::caller::User;
use crate::domain::{Caller, Context, ProjectId, Resource};

/// An account that a path names.
fn found(
    connection: &mut DbConnection,
    project: &ProjectId,
    name: &AccountName,
) -> Result<Credentials, ServiceError> {
    let found = match name {
        AccountName::Id(id) => accounts::find(connection, project, id)?,
        AccountName::Username(username) => accounts::find_named(connection, project, username)?,
    };
    found.ok_or(ServiceError::NotFound(Resource::Account))
}

fn logged(before: Option<&StoredAccount>, after: Option<&StoredAccount>) -> LoggedRow {
    LoggedRow::Account(Sides::of(before, after))
}

fn change(kind: &'static str, account: &StoredAccount, verb: &str, rows: Vec<LoggedRow>) -> Change {
    Change {
        kind,
        bucket: None,
        object: Some(account.id.to_string()),
        detail: format!("{verb} account {} ({})", account.username, account.id),
        rows,
    }
}

/// `context` with the user of an account as the caller: they proved themselves by what no header holds.
fn as_user(context: &Context, project: &ProjectId, account: &StoredAccount) -> Context {
    let caller = Caller::User(user_of(project, account, context.now));
    Context { caller, ..context.clone() }
}

/// The user of an account, for one request at `now`.
pub(crate) fn user_of(project: &ProjectId, account: &StoredAccount, now: DateTime<Utc>) -> User {
    User {
        project: project.clone(),
        id: account.id.user().clone(),
        groups: std::collections::BTreeSet::new(),
        service_account: account.service_account,
        expires_at: now,
        signed_in_at: None,
        epoch: None,
        via: None,
    }
}

/// Random bytes of the operating system.
fn random() -> Result<[u8; 16], DatabaseError> {
    let mut bytes = [0; 16];
    aws_lc_rs::rand::fill(&mut bytes).map_err(|_| DatabaseError::corrupt("no randomness"))?;
    Ok(bytes)
}
