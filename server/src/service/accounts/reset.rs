//! Resetting accounts: a link to set another password with.

use sail_cargo_database::tables::accounts;
use sail_cargo_database::{AuthSeal, DbConnection};

use super::admin::demand_admin;
use super::change::sign_out;
use super::invitations::{MadeInvitation, invite};
use super::{change, found, logged};
use crate::domain::account::{AccountName, StoredAccount};
use crate::domain::{At, Context, ProjectId};
use crate::service::error::ServiceError;
use crate::service::handle::Service;
use crate::service::mutation::{MutationOutcome, mutate};

impl Service {
    /// Takes the password of an account away, ends its sign-ins, and makes a link to set another one with. Its
    /// user sees who did so.
    ///
    /// # Errors
    /// [`ServiceError::NotAccountAdmin`], [`ServiceError::NotFound`].
    pub async fn reset_account(
        &self,
        project: ProjectId,
        name: AccountName,
        context: Context,
    ) -> Result<At<MadeInvitation>, ServiceError> {
        let seal = self.database.auth_seal();
        self.change(move |session| {
            mutate(session, &project, &context, |connection, _| {
                demand_admin(connection, &project, &context)?;
                reset(connection, &seal, &project, &name, &context)
            })
        })
        .await
    }
}

fn reset(
    connection: &mut DbConnection,
    seal: &AuthSeal,
    project: &ProjectId,
    name: &AccountName,
    context: &Context,
) -> Result<MutationOutcome<MadeInvitation>, ServiceError> {
    let before = found(connection, project, name)?.account;
    let after = StoredAccount {
        epoch: before.epoch.next(),
        reset_at: Some(context.now),
        reset_by: Some(context.caller.to_string()),
        ..before.clone()
    };
    let ended = sign_out(connection, project, &after, context)?;
    accounts::update(connection, project, &after)?;
    accounts::set_password(connection, project, &after.id, None)?;
    let made = invite(connection, seal, project, &after.id, context.now)?;
    let rows = vec![logged(Some(&before), Some(&after)), ended];
    Ok(MutationOutcome::Changed(made, change("account.reset", &after, "reset", rows)))
}
