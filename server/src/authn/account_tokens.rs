//! Tokens of the server's own accounts: good while the account is what it was when they were made.

use super::claims::TokenClaims;
use super::error::AuthnError;
use super::jwt;
use super::token_error::TokenError;
use super::tokens::Tokens;
use crate::domain::account::AccountFlaw;
use crate::domain::limits::DEFAULT_MAX_TOKEN;
use crate::domain::{ProjectId, User};
use crate::service::Service;

/// The tokens of the server's own accounts, and what is known of the accounts.
#[derive(Debug)]
pub(super) struct AccountTokens {
    pub(super) tokens: Tokens,
    service: Service,
}

impl AccountTokens {
    pub(super) fn new(tokens: Tokens, service: Service) -> Self {
        Self { tokens, service }
    }

    /// Checks that the account of a token's user is active, and in the epoch of the token. The cache tells, within
    /// `max_staleness` of what it was.
    pub(super) async fn demand_good(
        &self,
        claims: &TokenClaims,
        project: &ProjectId,
    ) -> Result<(), AuthnError> {
        let standing = self.service.account_standing(project, &claims.user).await?;
        let epoch = claims.epoch.ok_or_else(|| TokenError::Claim("epoch".to_owned()))?;
        let standing = standing.ok_or(AccountFlaw::Unknown);
        standing.and_then(|standing| standing.demand(epoch)).map_err(TokenError::Ended)?;
        Ok(())
    }

    /// Checks that a user who was let in before by a token is let in still: their account is there and active, and
    /// was not signed out since.
    pub(super) async fn demand_still_good(&self, user: &User) -> Result<(), AuthnError> {
        let standing = self.service.account_standing(&user.project, &user.id).await?;
        user.demand_standing(standing.as_ref()).map_err(TokenError::Ended)?;
        Ok(())
    }

    /// Refuses a token of another auth service that names one of the accounts: only the server's own tokens speak
    /// for those.
    pub(super) async fn refuse_foreign(
        &self,
        claims: &TokenClaims,
        project: &ProjectId,
    ) -> Result<(), AuthnError> {
        match self.service.account_standing(project, &claims.user).await? {
            Some(_) => Err(TokenError::ForeignAccount.into()),
            None => Ok(()),
        }
    }

    /// Whether `token` says that it is one of these. Nothing of it is verified.
    pub(super) fn names(&self, token: &str) -> bool {
        let named = jwt::unverified_issuer(token, DEFAULT_MAX_TOKEN);
        let rows = self.tokens.issuers().rows();
        rows.iter().any(|row| Some(row.issuer.name()) == named.as_deref())
    }
}
