//! Changing accounts, and taking them away.

use sail_cargo_database::DbConnection;
use sail_cargo_database::change_log::{LoggedRow, Sides};
use sail_cargo_database::history::Overlay;
use sail_cargo_database::tables::accounts::{
    self, invitations, refresh_tokens, reserved_usernames,
};
use sail_cargo_database::tables::{access_keys, grants, group_members};

use super::admin::{demand_admin, demand_another_admin};
use super::standing::demand_same_epoch;
use super::{change, found, logged};
use crate::domain::account::{
    AccountEdit, AccountId, AccountName, AccountStatus, Reserved, StoredAccount,
};
use crate::domain::caller::User;
use crate::domain::{At, Conflict, Context, ProjectId};
use crate::service::error::ServiceError;
use crate::service::handle::{Service, UserNames};
use crate::service::mutation::{MutationOutcome, mutate};
use crate::service::sessions::end_now;

impl Service {
    /// Changes an account.
    ///
    /// # Errors
    /// [`ServiceError::NotAccountAdmin`], [`ServiceError::NotFound`]; a [`Conflict`] if a name is taken, a
    /// grant goes by usernames and the account would get another, or the last administrator would be disabled.
    pub async fn patch_account(
        &self,
        project: ProjectId,
        name: AccountName,
        edit: AccountEdit,
        context: Context,
    ) -> Result<At<StoredAccount>, ServiceError> {
        let users = self.users;
        self.change(move |session| {
            mutate(session, &project, &context, |connection, _| {
                demand_admin(connection, &project, &context)?;
                patch(connection, &project, (&name, &edit), &context, users)
            })
        })
        .await
    }

    /// Changes the account of the user who asks, by what the caller lets them change.
    ///
    /// # Errors
    /// [`ServiceError::SignedOut`] if the account was put out of use or signed out meanwhile;
    /// [`Conflict::EmailTaken`].
    pub async fn patch_own_account(
        &self,
        user: User,
        id: AccountId,
        edit: AccountEdit,
        context: Context,
    ) -> Result<At<StoredAccount>, ServiceError> {
        let users = self.users;
        self.change(move |session| {
            mutate(session, &user.project, &context, |connection, _| {
                demand_same_epoch(connection, &user.project, &user)?;
                let name = AccountName::Id(id);
                patch(connection, &user.project, (&name, &edit), &context, users)
            })
        })
        .await
    }

    /// Takes an account away for ever, with its keys and memberships. Its username stays reserved; what was
    /// granted to it is nobody's.
    ///
    /// # Errors
    /// [`ServiceError::NotAccountAdmin`]; [`Conflict::LastAccountAdmin`].
    pub async fn delete_account(
        &self,
        project: ProjectId,
        name: AccountName,
        context: Context,
    ) -> Result<At<bool>, ServiceError> {
        let users = self.users;
        self.change(move |session| {
            mutate(session, &project, &context, |connection, _| {
                demand_admin(connection, &project, &context)?;
                match found(connection, &project, &name) {
                    Ok(found) => delete(connection, &project, &found.account, &context, users),
                    Err(ServiceError::NotFound(_)) => Ok(MutationOutcome::Unchanged(false)),
                    Err(other) => Err(other),
                }
            })
        })
        .await
    }
}

fn patch(
    connection: &mut DbConnection,
    project: &ProjectId,
    (name, edit): (&AccountName, &AccountEdit),
    context: &Context,
    users: UserNames,
) -> Result<MutationOutcome<StoredAccount>, ServiceError> {
    let credentials = found(connection, project, name)?;
    let before = credentials.account;
    let after = edit.apply(&before, credentials.password_hash.is_some());
    if before == after {
        return Ok(MutationOutcome::Unchanged(after));
    }
    let mut rows = vec![logged(Some(&before), Some(&after))];
    if before.username != after.username {
        rename(connection, project, &before, &after, context)?;
    }
    let is_put_out = after.status == AccountStatus::Disabled && before.status != after.status;
    if is_put_out {
        demand_another_admin(connection, project, before.id.user(), context.now, users)?;
        rows.push(sign_out(connection, project, &after, context)?);
    }
    accounts::update(connection, project, &after)?;
    let verb = match (before.status == after.status, after.status) {
        (false, AccountStatus::Disabled) => "disabled",
        (false, _) => "enabled",
        (true, _) => "changed",
    };
    Ok(MutationOutcome::Changed(after.clone(), change("account.patch", &after, verb, rows)))
}

/// Reserves the name that is given up. The account alone may take back one that it had. While a grant goes by
/// usernames, no account gets another: it would leave behind what is its own.
fn rename(
    connection: &mut DbConnection,
    project: &ProjectId,
    before: &StoredAccount,
    after: &StoredAccount,
    context: &Context,
) -> Result<(), ServiceError> {
    if let Some(grant) = grants::by_username(connection, project, context.now)? {
        let (bucket, prefix) = (grant.key.bucket, grant.key.prefix.to_string());
        return Err(Conflict::UsernameGranted { bucket, prefix }.into());
    }
    if let Some(reserved) = reserved_usernames::find(connection, project, &after.username)? {
        if reserved.account != after.id {
            return Err(Conflict::UsernameTaken(after.username.clone()).into());
        }
        reserved_usernames::free(connection, project, &after.username)?;
    }
    reserve(connection, project, before, context)
}

fn reserve(
    connection: &mut DbConnection,
    project: &ProjectId,
    account: &StoredAccount,
    context: &Context,
) -> Result<(), ServiceError> {
    let reserved = Reserved {
        username: account.username.clone(),
        account: account.id.clone(),
        reserved_at: context.now,
    };
    Ok(reserved_usernames::put(connection, project, &reserved)?)
}

/// Ends the sign-ins, the sessions and the invitation of an account.
pub(super) fn sign_out(
    connection: &mut DbConnection,
    project: &ProjectId,
    account: &StoredAccount,
    context: &Context,
) -> Result<LoggedRow, ServiceError> {
    refresh_tokens::end_all(connection, project, &account.id)?;
    invitations::end(connection, project, &account.id)?;
    let user = account.id.user().clone();
    Ok(end_now(connection, project, user, context.now)?.1)
}

fn delete(
    connection: &mut DbConnection,
    project: &ProjectId,
    account: &StoredAccount,
    context: &Context,
    users: UserNames,
) -> Result<MutationOutcome<bool>, ServiceError> {
    demand_another_admin(connection, project, account.id.user(), context.now, users)?;
    let user = account.id.user();
    let mut rows = vec![logged(Some(account), None)];
    rows.push(sign_out(connection, project, account, context)?);
    for key in access_keys::list(connection, project, (Some(user), None), "", usize::MAX)? {
        access_keys::delete(connection, project, &key.id)?;
        rows.push(LoggedRow::AccessKey(Sides::of(Some(&key), None)));
    }
    for member in group_members::of_user(connection, project, user, &Overlay::default())? {
        group_members::delete(connection, project, &member.group, user)?;
        rows.push(LoggedRow::Member(Sides::of(Some(&member), None)));
    }
    reserve(connection, project, account, context)?;
    accounts::delete(connection, project, &account.id)?;
    Ok(MutationOutcome::Changed(true, change("account.delete", account, "deleted", rows)))
}
