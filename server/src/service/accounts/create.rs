//! Making accounts.

use sail_cargo_database::tables::accounts::{self, reserved_usernames};
use sail_cargo_database::{AuthSeal, DatabaseError, DbConnection};

use super::admin::demand_admin;
use super::invitations::{MadeInvitation, invite};
use super::sign_in::NewPasswordHash;
use super::{change, logged};
use crate::domain::account::{
    AccountId, AccountStatus, FirstPassword, NewAccount, StoredAccount, TokenEpoch,
};
use crate::domain::{At, Conflict, Context, ProjectId};
use crate::service::error::ServiceError;
use crate::service::handle::Service;
use crate::service::mutation::{Change, Mode, write};
use crate::service::replies::{Reply, make_once};
use crate::service::reply_records::MadeAccountReply;

/// An account that was made.
#[derive(Debug)]
pub struct MadeAccount {
    /// The account.
    pub account: StoredAccount,
    /// Its invitation, unless a password was given. The answer is the only one that holds its token.
    pub invitation: Option<MadeInvitation>,
}

impl Service {
    /// Makes an account. `hash` is of the password in `new`, if one is given.
    ///
    /// # Errors
    /// [`ServiceError::NotAccountAdmin`]; [`Conflict::UsernameTaken`] and [`Conflict::EmailTaken`], also of two
    /// at once; [`ServiceError::KeyReused`] if the `Idempotency-Key` came with another request before.
    pub async fn create_account(
        &self,
        project: ProjectId,
        new: NewAccount,
        hash: Option<NewPasswordHash>,
        context: Context,
    ) -> Result<At<Reply<MadeAccount>>, ServiceError> {
        let (seal, master_key) = (self.database.auth_seal(), self.database.master_key().clone());
        self.change(move |session| {
            write(session, &project, &context, Mode::Commit, |writer| {
                demand_admin(writer.connection(), &project, &context)?;
                let make = |connection: &mut DbConnection| {
                    create(connection, &seal, &project, &new, hash.as_ref(), &context)
                };
                make_once::<_, MadeAccountReply>(writer, &master_key, &project, &context, make)
            })
        })
        .await
    }
}

fn create(
    connection: &mut DbConnection,
    seal: &AuthSeal,
    project: &ProjectId,
    new: &NewAccount,
    hash: Option<&NewPasswordHash>,
    context: &Context,
) -> Result<(MadeAccount, Change), ServiceError> {
    if reserved_usernames::find(connection, project, &new.username)?.is_some() {
        return Err(Conflict::UsernameTaken(new.username.clone()).into());
    }
    let must_change_password =
        matches!(new.first_password, FirstPassword::Given { must_change: true, .. });
    let id = AccountId::parse(&uuid::Uuid::now_v7().to_string());
    let account = StoredAccount {
        id: id.map_err(DatabaseError::corrupt)?,
        username: new.username.clone(),
        email: new.email.clone(),
        display_name: new.display_name.clone(),
        status: if hash.is_some() { AccountStatus::Active } else { AccountStatus::Invited },
        service_account: new.service_account,
        must_change_password,
        epoch: TokenEpoch::default(),
        created_at: context.now,
        last_login_at: None,
        reset_at: None,
        reset_by: None,
    };
    accounts::insert(connection, project, &account, hash.map(NewPasswordHash::secret))?;
    let invitation = match hash {
        Some(_) => None,
        None => Some(invite(connection, seal, project, &account.id, context.now)?),
    };
    let change = change("account.create", &account, "made", vec![logged(None, Some(&account))]);
    Ok((MadeAccount { account, invitation }, change))
}
