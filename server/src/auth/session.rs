//! What somebody who signed in gets, and how it goes on.

use chrono::{DateTime, TimeDelta, Utc};

use super::Accounts;
use super::error::AuthError;
use crate::authn::LoginError;
use crate::domain::account::{RefreshFamily, StoredAccount};
use crate::domain::limits::{ACCESS_TOKEN_LIFETIME, REFRESH_IDLE};
use crate::domain::{Context, ProjectId, Secret};

/// What somebody who signed in gets.
#[derive(Debug)]
pub struct Session {
    /// The access token.
    pub access_token: Secret,
    /// For how long it is good.
    pub lives: TimeDelta,
    /// The refresh token.
    pub refresh_token: Secret,
    /// For how long that is good.
    pub refresh_lives: TimeDelta,
    /// The account.
    pub account: StoredAccount,
}

impl Accounts {
    /// The next tokens of a sign-in.
    ///
    /// # Errors
    /// [`LoginError::RefreshToken`] if the token is not good, whatever the reason.
    pub async fn refresh(&self, token: &Secret, context: Context) -> Result<Session, AuthError> {
        let now = context.now;
        let found = self.service.refresh_sign_in(token, context).await?;
        let found = found.ok_or(LoginError::RefreshToken)?;
        self.session(&found.project, found.account, &found.family, found.refresh_token, now).await
    }

    /// Ends the sign-in that a refresh token belongs to. A token that is not good ends nothing.
    ///
    /// # Errors
    /// [`AuthError::Service`] if the database does not answer.
    pub async fn log_out(&self, token: &Secret, context: Context) -> Result<(), AuthError> {
        Ok(self.service.sign_out(token, context).await?)
    }

    pub(super) async fn session(
        &self,
        project: &ProjectId,
        account: StoredAccount,
        family: &RefreshFamily,
        refresh_token: Secret,
        now: DateTime<Utc>,
    ) -> Result<Session, AuthError> {
        let key = self.signing_key().await?;
        let access_token = self.minter.mint(&key, project, &account, family.signed_in_at, now)?;
        let refresh_lives = REFRESH_IDLE.min(family.expires_at - now);
        let lives = ACCESS_TOKEN_LIFETIME;
        Ok(Session { access_token, lives, refresh_token, refresh_lives, account })
    }
}
