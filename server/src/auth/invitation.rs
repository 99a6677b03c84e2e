//! Setting the password of an account by its invitation.

use super::Accounts;
use super::error::AuthError;
use crate::authn::LoginError;
use crate::domain::account::{NewPassword, StoredAccount};
use crate::domain::{Context, Field, Secret};

impl Accounts {
    /// Sets the password of the account that an invitation is for, and returns it with the slug of its project.
    /// Whoever shows one that is unknown, used or over gets the same answer.
    ///
    /// # Errors
    /// [`LoginError::Invitation`]; a flaw of the password, which does not use the invitation up.
    pub async fn accept_invitation(
        &self,
        token: &Secret,
        password: &Secret,
        context: Context,
    ) -> Result<(StoredAccount, String), AuthError> {
        let place = self.gate.enter()?;
        let account = self.service.invited_account(token, context.now).await?;
        let account = account.ok_or(LoginError::Invitation)?;
        let password = NewPassword::parse(password.expose(), &account.names(), Field::Password)?;
        let hash = self.hash(&place, password).await?;
        let accepted = self.service.accept_invitation(token, hash, context).await?;
        Ok(accepted.ok_or(LoginError::Invitation)?)
    }
}
