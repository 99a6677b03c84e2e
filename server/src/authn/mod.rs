//! Who are you? API keys and user tokens, in schemes that decline, fail or answer.

mod claims;
mod error;
mod jwt;
mod key_cache;
mod key_set;
mod operator;

use std::sync::Arc;

use chrono::{DateTime, Utc};

pub use claims::{ClaimRules, TokenClaims};
pub use error::AuthnError;
pub use key_cache::{KeyCache, KeyHealth, KeySource};
pub use key_set::{InvalidKeySet, KeySet};
pub use operator::OperatorKey;

use crate::domain::caller::User;
use crate::domain::{Caller, KeyHolder, ProjectId, Secret};
use crate::store::{PresentedKey, Store, StoreError};

/// What a request brought to prove who sent it.
#[derive(Debug, Default)]
pub struct Credentials {
    /// `X-Api-Key`, or a Bearer that is no token.
    pub api_key: Option<Secret>,
    /// A Bearer that is a token.
    pub token: Option<Secret>,
    /// `X-Project`: a slug or an id.
    pub project: Option<String>,
}

/// Tells who somebody is.
#[derive(Debug)]
pub struct Authenticator {
    store: Store,
    operator: Option<OperatorKey>,
    tokens: Option<Tokens>,
}

/// What it takes to accept user tokens.
#[derive(Debug)]
pub struct Tokens {
    /// The auth service's keys.
    pub keys: Arc<KeyCache>,
    /// What a token must say.
    pub rules: ClaimRules,
}

impl Authenticator {
    /// Without `tokens` no user is let in, without `operator` no operator.
    pub fn new(store: Store, operator: Option<OperatorKey>, tokens: Option<Tokens>) -> Self {
        Self { store, operator, tokens }
    }

    /// How the auth service's keys are doing; `None` when no tokens are accepted.
    pub fn key_health(&self, now: DateTime<Utc>) -> Option<KeyHealth> {
        self.tokens.as_ref().map(|tokens| tokens.keys.health(now))
    }

    /// Tells who brought `credentials`. Each scheme that was tried must succeed: a bad API key
    /// never falls through to the token, nor the other way round.
    ///
    /// # Errors
    /// See [`AuthnError`].
    pub async fn authenticate(
        &self,
        credentials: Credentials,
        now: DateTime<Utc>,
    ) -> Result<Caller, AuthnError> {
        let named = match &credentials.project {
            Some(name) => Some(self.project(name).await?),
            None => None,
        };
        let key = match &credentials.api_key {
            Some(key) => Some(self.key(key, now).await?),
            None => None,
        };
        let caller = match (key, &credentials.token) {
            (None, None) => return Err(AuthnError::Missing),
            (Some(Presented::Operator), None) => Caller::Operator { project: named.clone() },
            (Some(Presented::Operator), Some(_)) => return Err(AuthnError::OperatorWithToken),
            (Some(Presented::Key(key)), None) => Caller::Root(key),
            (Some(Presented::Key(key)), Some(token)) => {
                self.user(token, named.as_ref(), Some(key), now).await?
            }
            (None, Some(token)) => self.user(token, named.as_ref(), None, now).await?,
        };
        if named.is_some() && caller.project() != named.as_ref() {
            return Err(AuthnError::ProjectMismatch);
        }
        Ok(caller)
    }

    async fn key(&self, text: &Secret, now: DateTime<Utc>) -> Result<Presented, AuthnError> {
        if !PresentedKey::is_meant(text.expose()) {
            let operator = self.operator.as_ref().is_some_and(|key| key.matches(text));
            return if operator { Ok(Presented::Operator) } else { Err(AuthnError::ApiKey) };
        }
        let presented = PresentedKey::parse(text.expose()).ok_or(AuthnError::ApiKey)?;
        let holder = self.store.key_holder(presented, now).await?;
        holder.map(Presented::Key).ok_or(AuthnError::ApiKey)
    }

    async fn user(
        &self,
        token: &Secret,
        named: Option<&ProjectId>,
        via: Option<KeyHolder>,
        now: DateTime<Utc>,
    ) -> Result<Caller, AuthnError> {
        let tokens = self.tokens.as_ref().ok_or(AuthnError::TokensNotAccepted)?;
        let signed_claims = jwt::verify(token.expose(), &tokens.keys, now).await?;
        let claims = tokens.rules.read(&signed_claims, now)?;
        let claimed = match &claims.project {
            Some(name) => Some(self.project(name).await?),
            None => None,
        };
        let project = agree([claimed.as_ref(), via.as_ref().map(|key| &key.project), named])?;
        Ok(Caller::User(User {
            project,
            id: claims.user,
            groups: claims.groups,
            service_account: claims.service_account,
            expires_at: claims.expires_at,
            via,
        }))
    }

    async fn project(&self, name: &str) -> Result<ProjectId, AuthnError> {
        match self.store.project(name.to_owned()).await {
            Ok(project) => Ok(project.id),
            Err(StoreError::NotFound(_)) => Err(AuthnError::UnknownProject),
            Err(other) => Err(other.into()),
        }
    }
}

enum Presented {
    Key(KeyHolder),
    Operator,
}

/// The one project that the token, the key and the request name: whichever of them do.
fn agree(names: [Option<&ProjectId>; 3]) -> Result<ProjectId, AuthnError> {
    let mut present = names.into_iter().flatten();
    let first = present.next().ok_or(AuthnError::ProjectRequired)?;
    if present.all(|name| name == first) {
        Ok(first.clone())
    } else {
        Err(AuthnError::ProjectMismatch)
    }
}
