//! A user's token. With an API key beside it, the application acts for the user.

use std::sync::Arc;

use chrono::{DateTime, Utc};

use crate::authn::account_tokens::AccountTokens;
use crate::authn::api_keys::ApiKeys;
use crate::authn::claims::{TokenClaims, check_end};
use crate::authn::credentials::Credentials;
use crate::authn::error::AuthnError;
use crate::authn::examination::{Step, TestedToken};
use crate::authn::projects::{ProjectError, Projects};
use crate::authn::rejection::{Rejection, Shown};
use crate::authn::scheme::{Scheme, Verdict};
use crate::authn::tokens::Tokens;
use crate::domain::account::TokenEpoch;
use crate::domain::caller::User;
use crate::domain::{Caller, IssuerAlias, KeyHolder, ProjectId};
use crate::limits::Guesses;

const TOKEN: Shown = Shown::only("token");

/// Authenticates users by token.
#[derive(Debug)]
pub(super) struct TokenScheme {
    tokens: Tokens,
    /// The tokens of the server's own accounts.
    own: Option<AccountTokens>,
    keys: Arc<ApiKeys>,
    projects: Projects,
    guesses: Arc<Guesses>,
}

impl TokenScheme {
    /// Clients with too many failed `guesses` can only use tokens that were verified recently.
    pub(super) fn new(
        (tokens, own): (Tokens, Option<AccountTokens>),
        keys: &Arc<ApiKeys>,
        projects: &Projects,
        guesses: Arc<Guesses>,
    ) -> Self {
        Self { tokens, own, keys: Arc::clone(keys), projects: projects.clone(), guesses }
    }

    /// What verifies tokens.
    pub(super) const fn tokens(&self) -> &Tokens {
        &self.tokens
    }

    /// Says step by step why `token` is accepted as one of the issuer with this alias, or why not.
    pub(super) async fn test(
        &self,
        token: &str,
        alias: Option<&IssuerAlias>,
        now: DateTime<Utc>,
    ) -> TestedToken {
        if self.own.as_ref().is_some_and(|own| own.names(token)) {
            let why =
                "it says that it is of one of this server's own accounts: no issuer signs those";
            return TestedToken::refused(Step::Issuer, why.to_owned());
        }
        let tested = self.tokens.test(token, alias, now).await;
        let Some((claims, _)) = &tested.accepted else { return tested };
        match self.demand_usable(claims).await {
            Ok(()) => tested,
            Err((step, error)) => tested.but_refused(step, error.to_string()),
        }
    }

    /// Checks what a token's claims must be good for, beside being true.
    async fn demand_usable(&self, claims: &TokenClaims) -> Result<(), (Step, AuthnError)> {
        let Some(name) = &claims.project else { return Ok(()) };
        let project = self.projects.find(name).await;
        let project = project.map_err(|error| (Step::Project, error))?;
        match &self.own {
            Some(own) => {
                own.refuse_foreign(claims, &project).await.map_err(|error| (Step::User, error))
            }
            None => Ok(()),
        }
    }

    async fn user(
        &self,
        token: &str,
        credentials: &Credentials<'_>,
        now: DateTime<Utc>,
    ) -> Result<Caller, Rejection> {
        let via = match credentials.api_key {
            Some(key) => Some(self.keys.holder(key, credentials.address, now, TOKEN).await?),
            None => None,
        };
        let proven = self.proven(token, credentials, via.as_ref(), now).await;
        let refused = |error| Rejection::new(error, TOKEN).beside(via.as_ref());
        let (project, claims, epoch) = proven.map_err(refused)?;
        Ok(Caller::User(User {
            project,
            id: claims.user.clone(),
            groups: claims.groups.clone(),
            service_account: claims.service_account,
            expires_at: claims.expires_at,
            signed_in_at: claims.signed_in_at,
            epoch,
            via,
        }))
    }

    /// The user's project, the claims of the token, and the epoch of the account whose token it is.
    async fn proven(
        &self,
        token: &str,
        credentials: &Credentials<'_>,
        via: Option<&KeyHolder>,
        now: DateTime<Utc>,
    ) -> Result<(ProjectId, Arc<TokenClaims>, Option<TokenEpoch>), AuthnError> {
        let own = self.own.as_ref().filter(|own| self.is_own(own, token));
        let tokens = own.map_or(&self.tokens, |own| &own.tokens);
        let may_look = || self.guesses.demand_few(credentials.address);
        let claims = tokens.claims(token, now, may_look).await?;
        let claimed = match &claims.project {
            Some(name) => Some(self.projects.find(name).await?),
            None => None,
        };
        let named = credentials.project;
        let proven = [claimed.as_ref(), via.map(|key| &key.project)];
        let project = match (self.projects.agree(proven, named).await?, named) {
            (Some(project), _) => project,
            (None, Some(name)) if claims.may_choose_project => self.projects.find(name).await?,
            (None, _) => return Err(ProjectError::Required.into()),
        };
        match (own, &self.own) {
            (Some(own), _) => own.demand_good(&claims, &project).await?,
            (None, Some(accounts)) => accounts.refuse_foreign(&claims, &project).await?,
            (None, None) => {}
        }
        let epoch = own.and(claims.epoch);
        Ok((project, claims, epoch))
    }

    /// Whether a token says that it is of one of the server's own accounts. It is verified by their keys then, and
    /// by no other.
    fn is_own(&self, own: &AccountTokens, token: &str) -> bool {
        self.tokens.issuers().rows().is_empty() || own.names(token)
    }

    async fn demand_good(&self, user: &User, now: DateTime<Utc>) -> Result<(), Rejection> {
        let ended = |error: AuthnError| Rejection::new(error, TOKEN).beside(user.via.as_ref());
        check_end(user.expires_at, now).map_err(|error| ended(error.into()))?;
        if let Some(own) = &self.own {
            own.demand_still_good(user).await.map_err(ended)?;
        }
        match &user.via {
            Some(key) => self.keys.demand_good(key, now).await,
            None => Ok(()),
        }
    }
}

impl Scheme for TokenScheme {
    async fn ask(&self, credentials: &Credentials<'_>, now: DateTime<Utc>) -> Verdict<Caller> {
        match credentials.token {
            Some(token) => self.user(token, credentials, now).await.into(),
            None => Verdict::Declines,
        }
    }

    async fn ask_again(&self, caller: &Caller, now: DateTime<Utc>) -> Verdict<()> {
        match caller {
            Caller::User(user) => self.demand_good(user, now).await.into(),
            _ => Verdict::Declines,
        }
    }
}
