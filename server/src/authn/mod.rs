//! Who are you? API keys and user tokens, in schemes that decline, fail or answer.

mod claims;
mod error;
mod jwt;
mod key_cache;
mod key_set;
mod key_source;
mod operator;
mod remark;
mod seen_tokens;
mod signed_claims;
mod tokens;
mod usage;
mod verifying_key;

use std::sync::Arc;

use chrono::{DateTime, Utc};

pub use claims::{ClaimRules, MAX_TOKEN, TokenClaims};
pub use error::AuthnError;
pub use key_cache::{KEY_REFRESH, KeyCache, KeyHealth, KeyReport};
pub use key_set::{InvalidKeySet, KeySet, Published};
pub use key_source::KeySource;
pub use operator::OperatorKey;
pub use tokens::Tokens;
pub use usage::KeyUsage;

use crate::domain::caller::User;
use crate::domain::{Caller, KeyHolder, ProjectId, Slug};
use crate::store::{PresentedKey, Store, StoreError};

/// What a request brought to prove who sent it, where it stands in the request: nothing of it is
/// copied. It does not print.
#[derive(Default)]
pub struct Credentials<'r> {
    /// `X-Api-Key`, or a Bearer that is no token.
    pub api_key: Option<&'r str>,
    /// A Bearer that is a token.
    pub token: Option<&'r str>,
    /// `X-Project`: a slug or an id.
    pub project: Option<&'r str>,
}

/// Tells who somebody is.
#[derive(Debug)]
pub struct Authenticator {
    store: Store,
    operator: Option<OperatorKey>,
    tokens: Option<Tokens>,
}

impl Authenticator {
    /// Without `tokens` no user is let in, without `operator` no operator.
    pub fn new(store: Store, operator: Option<OperatorKey>, tokens: Option<Tokens>) -> Self {
        Self { store, operator, tokens }
    }

    /// The auth service's keys; `None` when no tokens are accepted.
    pub fn keys(&self) -> Option<&Arc<KeyCache>> {
        self.tokens.as_ref().map(Tokens::keys)
    }

    /// Tells who brought `credentials`. Each scheme that was tried must succeed: a bad API key
    /// never falls through to the token, nor the other way round.
    ///
    /// # Errors
    /// See [`AuthnError`].
    pub async fn authenticate(
        &self,
        credentials: Credentials<'_>,
        now: DateTime<Utc>,
    ) -> Result<Caller, AuthnError> {
        let key = match credentials.api_key {
            Some(key) => Some(self.key(key, now).await?),
            None => None,
        };
        let named = credentials.project;
        match (key, credentials.token) {
            (None, None) => Err(AuthnError::Missing),
            (Some(Presented::Operator), None) => {
                let project = match named {
                    Some(name) => Some(self.project(name).await?),
                    None => None,
                };
                Ok(Caller::Operator { project })
            }
            (Some(Presented::Operator), Some(_)) => Err(AuthnError::OperatorWithToken),
            (Some(Presented::Key(key)), None) => {
                self.agree([None, Some(&key.project)], named).await?;
                Ok(Caller::Root(key))
            }
            (Some(Presented::Key(key)), Some(token)) => {
                self.user(token, named, Some(key), now).await
            }
            (None, Some(token)) => self.user(token, named, None, now).await,
        }
    }

    /// Demands that a caller who was let in before would be let in at `now`.
    ///
    /// # Errors
    /// See [`AuthnError`].
    pub async fn demand_still(
        &self,
        caller: &Caller,
        now: DateTime<Utc>,
    ) -> Result<(), AuthnError> {
        let (user, key) = match caller {
            Caller::User(user) => (Some(user), user.via.as_ref()),
            Caller::Root(key) => (None, Some(key)),
            Caller::Operator { .. } => (None, None),
        };
        if let (Some(user), Some(tokens)) = (user, &self.tokens) {
            tokens.rules().check_end(user.expires_at, now)?;
        }
        match key {
            Some(key) if !self.store.key_is_good(key.clone(), now).await? => {
                Err(AuthnError::ApiKey)
            }
            _ => Ok(()),
        }
    }

    async fn key(&self, text: &str, now: DateTime<Utc>) -> Result<Presented, AuthnError> {
        if !PresentedKey::is_meant(text) {
            let operator = self.operator.as_ref().is_some_and(|key| key.matches(text));
            return if operator { Ok(Presented::Operator) } else { Err(AuthnError::ApiKey) };
        }
        let presented = PresentedKey::parse(text).ok_or(AuthnError::ApiKey)?;
        let holder = self.store.key_holder(presented, now).await?;
        holder.map(Presented::Key).ok_or(AuthnError::ApiKey)
    }

    async fn user(
        &self,
        token: &str,
        named: Option<&str>,
        via: Option<KeyHolder>,
        now: DateTime<Utc>,
    ) -> Result<Caller, AuthnError> {
        let tokens = self.tokens.as_ref().ok_or(AuthnError::TokensNotAccepted)?;
        let claims = tokens.claims(token, now).await?;
        let claimed = match &claims.project {
            Some(name) => Some(self.project(name).await?),
            None => None,
        };
        let keyed = via.as_ref().map(|key| &key.project);
        let project = match (self.agree([claimed.as_ref(), keyed], named).await?, named) {
            (Some(project), _) => project,
            (None, Some(name)) if tokens.rules().project_from_header => self.project(name).await?,
            (None, _) => return Err(AuthnError::ProjectRequired),
        };
        Ok(Caller::User(User {
            project,
            id: claims.user.clone(),
            groups: claims.groups.clone(),
            service_account: claims.service_account,
            expires_at: claims.expires_at,
            via,
        }))
    }

    /// The one project that token and key name, whichever of them do; what the request names must
    /// not contradict it. To a stranger a project that is not theirs reads like none at all.
    async fn agree(
        &self,
        proven: [Option<&ProjectId>; 2],
        named: Option<&str>,
    ) -> Result<Option<ProjectId>, AuthnError> {
        let mut present = proven.into_iter().flatten();
        let Some(first) = present.next() else { return Ok(None) };
        if !present.all(|other| other == first) {
            return Err(AuthnError::ProjectMismatch);
        }
        match named {
            None => Ok(Some(first.clone())),
            Some(name) => match self.project(name).await {
                Ok(named) if named == *first => Ok(Some(named)),
                Ok(_) | Err(AuthnError::UnknownProject) => Err(AuthnError::ProjectMismatch),
                Err(other) => Err(other),
            },
        }
    }

    async fn project(&self, name: &str) -> Result<ProjectId, AuthnError> {
        if Slug::parse(name).is_err() && ProjectId::parse(name).is_err() {
            return Err(AuthnError::UnknownProject);
        }
        match self.store.project_id(name).await {
            Ok(project) => Ok(project),
            Err(StoreError::NotFound(_)) => Err(AuthnError::UnknownProject),
            Err(other) => Err(other.into()),
        }
    }
}

enum Presented {
    Key(KeyHolder),
    Operator,
}
