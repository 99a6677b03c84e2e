//! Who are you? API keys and user tokens, in schemes that decline, fail or answer.

mod claims;
mod error;
mod failures;
mod good_keys;
mod jwt;
mod key_cache;
mod key_set;
mod key_source;
mod operator;
mod rejection;
mod remark;
mod seen_tokens;
mod signed_claims;
mod tokens;
mod usage;
mod verifying_key;

use std::net::IpAddr;
use std::sync::Arc;

use chrono::{DateTime, Utc};

pub use claims::{ClaimRules, TokenClaims};
pub use error::AuthnError;
pub use failures::FailureLog;
pub use key_cache::{KEY_REFRESH, KeyCache, KeyHealth, KeyReport};
pub use key_set::{InvalidKeySet, KeySet, Published};
pub use key_source::KeySource;
pub use operator::{InvalidOperatorKeys, OperatorKeys};
pub use rejection::Rejection;
pub use tokens::Tokens;
pub use usage::KeyUsage;

use crate::domain::caller::User;
use crate::domain::{BadKey, KeyFlaw, PresentedKey};
use crate::domain::{Caller, KeyHolder, OperatorName, ProjectId, Slug};
use crate::limits::Guesses;
use crate::service::{Service, ServiceError};
use good_keys::GoodKeys;
use rejection::Proven;

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
    /// From where.
    pub address: Option<IpAddr>,
}

/// Tells who somebody is.
#[derive(Debug)]
pub struct Authenticator {
    service: Service,
    operators: Option<OperatorKeys>,
    tokens: Option<Tokens>,
    guesses: Arc<Guesses>,
    good_keys: GoodKeys,
}

impl Authenticator {
    /// Without `tokens` no user is let in, without `operators` no operator. Of those who brought too
    /// many `guesses`, nothing new is looked at that costs more than a look into the cache.
    pub fn new(
        service: Service,
        operators: Option<OperatorKeys>,
        tokens: Option<Tokens>,
        guesses: Arc<Guesses>,
    ) -> Self {
        Self { service, operators, tokens, guesses, good_keys: GoodKeys::default() }
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
    ) -> Result<Caller, Rejection> {
        let has_token = credentials.token.is_some();
        let refused = |proven| move |error| Rejection::new(error, proven, has_token);
        let key = match credentials.api_key {
            Some(key) => {
                let key = self.key(key, credentials.address, now).await;
                self.count_key(&key);
                Some(key.map_err(refused(None))?)
            }
            None => None,
        };
        let proven = key.as_ref().map(Presented::proven);
        self.with_key(key, credentials, now).await.map_err(refused(proven))
    }

    /// Counts how a key was found.
    fn count_key(&self, key: &Result<Presented, AuthnError>) {
        let result = key.as_ref().map_or_else(AuthnError::reason, |_| "ok");
        self.service.metrics().api_key_auths.count([result]);
    }

    async fn with_key(
        &self,
        key: Option<Presented>,
        credentials: Credentials<'_>,
        now: DateTime<Utc>,
    ) -> Result<Caller, AuthnError> {
        let named = credentials.project;
        match (key, credentials.token) {
            (None, None) => Err(AuthnError::Missing),
            (Some(Presented::Operator(name)), None) => {
                let project = match named {
                    Some(name) => Some(self.project(name).await?),
                    None => None,
                };
                Ok(Caller::Operator { name, project })
            }
            (Some(Presented::Operator(_)), Some(_)) => Err(AuthnError::OperatorWithToken),
            (Some(Presented::Key(key)), None) => {
                self.agree([None, Some(&key.project)], named).await?;
                Ok(Caller::Root(key))
            }
            (Some(Presented::Key(key)), Some(token)) => {
                self.user(token, &credentials, Some(key), now).await
            }
            (None, Some(token)) => self.user(token, &credentials, None, now).await,
        }
    }

    /// Demands that a caller who was let in before would be let in at `now`.
    ///
    /// # Errors
    /// See [`AuthnError`].
    pub async fn recheck(&self, caller: &Caller, now: DateTime<Utc>) -> Result<(), Rejection> {
        let (has_token, key) = match caller {
            Caller::User(user) => (true, user.via.as_ref()),
            Caller::Root(key) => (false, Some(key)),
            Caller::Operator { .. } => (false, None),
        };
        let refused = |error| Rejection::new(error, key.map(Proven::key), has_token);
        self.is_still_good(caller, now).await.map_err(refused)
    }

    async fn is_still_good(&self, caller: &Caller, now: DateTime<Utc>) -> Result<(), AuthnError> {
        let (user, key) = match caller {
            Caller::User(user) => (Some(user), user.via.as_ref()),
            Caller::Root(key) => (None, Some(key)),
            Caller::Operator { .. } => (None, None),
        };
        if let (Some(user), Some(tokens)) = (user, &self.tokens) {
            tokens.rules().check_end(user.expires_at, now)?;
        }
        match key {
            Some(key) if !self.service.key_is_good(key.clone(), now).await? => {
                Err(AuthnError::ApiKey(BadKey::of(key, KeyFlaw::Withdrawn)))
            }
            _ => Ok(()),
        }
    }

    async fn key(
        &self,
        text: &str,
        address: Option<IpAddr>,
        now: DateTime<Utc>,
    ) -> Result<Presented, AuthnError> {
        if PresentedKey::is_meant(text) {
            let presented = PresentedKey::parse(text).ok_or(AuthnError::NoApiKey)?;
            return self.holder(presented, address, now).await.map(Presented::Key);
        }
        let whose = self.operators.as_ref().and_then(|keys| keys.whose(text));
        whose.cloned().map(Presented::Operator).ok_or_else(|| {
            if OperatorKeys::is_meant(text) {
                AuthnError::NoOperatorKey
            } else {
                AuthnError::NoApiKey
            }
        })
    }

    /// The holder of a key that is good. Where it takes the database to tell, keys that were not good
    /// before are not looked at for whoever guesses.
    async fn holder(
        &self,
        presented: PresentedKey,
        address: Option<IpAddr>,
        now: DateTime<Utc>,
    ) -> Result<KeyHolder, AuthnError> {
        let hash = *presented.hash();
        let holder = if let Some(holder) = self.service.cached_key(&presented, now) {
            holder
        } else {
            if !self.good_keys.has(&hash) {
                self.guesses.demand_few(address)?;
                self.guesses.demand_few_of(presented.id())?;
            }
            self.service.key_holder(presented, now).await?
        };
        let holder = holder.map_err(AuthnError::ApiKey)?;
        self.good_keys.note(&hash);
        Ok(holder)
    }

    async fn user(
        &self,
        token: &str,
        credentials: &Credentials<'_>,
        via: Option<KeyHolder>,
        now: DateTime<Utc>,
    ) -> Result<Caller, AuthnError> {
        let tokens = self.tokens.as_ref().ok_or(AuthnError::TokensNotAccepted)?;
        let named = credentials.project;
        let may_look = || self.guesses.demand_few(credentials.address);
        let claims = tokens.claims(token, now, may_look).await?;
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
        match self.service.project_id(name).await {
            Ok(project) => Ok(project),
            Err(ServiceError::NotFound(_)) => Err(AuthnError::UnknownProject),
            Err(other) => Err(other.into()),
        }
    }
}

enum Presented {
    Key(KeyHolder),
    Operator(OperatorName),
}

impl Presented {
    fn proven(&self) -> Proven {
        match self {
            Self::Key(holder) => Proven::key(holder),
            Self::Operator(_) => Proven::Operator,
        }
    }
}
