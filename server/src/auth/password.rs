//! Another password for one's own account, and the first one of an account that is made with one.

use super::error::AuthError;
use super::{Accounts, Session};
use crate::authn::LoginError;
use crate::domain::account::{
    AccountId, FirstPassword, LoginName, NewAccount, NewPassword, Password,
};
use crate::domain::caller::User;
use crate::domain::{At, Context, ProjectId, Secret};
use crate::service::{MadeAccount, Reply};

impl Accounts {
    /// Sets another password for the account of `user`, who shows the one before. All sign-ins but the new one
    /// end.
    ///
    /// # Errors
    /// [`AuthError::NotAnAccount`] if the user is no account; [`LoginError::Wrong`] if the password is not its
    /// own; a flaw of the new one.
    pub async fn change_password(
        &self,
        user: &User,
        password: Password,
        new_password: &Secret,
        context: Context,
    ) -> Result<Session, AuthError> {
        let place = self.gate.enter()?;
        let project = user.project.clone();
        let id = AccountId::parse(user.id.as_str()).map_err(|_| AuthError::NotAnAccount)?;
        let found = self.service.account_to_change(project.clone(), id).await?;
        let found = found.ok_or(AuthError::NotAnAccount)?;
        let name = LoginName::Username(found.account.username.clone());
        let names = found.account.names();
        let new_password = NewPassword::in_place_of(&password, new_password.expose(), &names)?;
        let attempt = self.delays.begin(project.as_str(), &name, context.origin.address)?;
        let Ok(verified) = self.prove(&place, Some(found), password).await? else {
            attempt.failed();
            return Err(AuthError::refused(LoginError::Wrong, project));
        };
        attempt.succeeded();
        let hash = self.hash(&place, new_password).await?;
        self.begin(project, verified.sign_in(Some(hash)), context).await
    }

    /// Makes an account.
    ///
    /// # Errors
    /// See [`Service::create_account`](crate::service::Service::create_account).
    pub async fn create(
        &self,
        project: ProjectId,
        new: NewAccount,
        context: Context,
    ) -> Result<At<Reply<MadeAccount>>, AuthError> {
        let hash = match &new.first_password {
            FirstPassword::Invitation => None,
            FirstPassword::Given { password, .. } => {
                let place = self.gate.enter()?;
                Some(self.hash(&place, password.clone()).await?)
            }
        };
        Ok(self.service.create_account(project, new, hash, context).await?)
    }
}
