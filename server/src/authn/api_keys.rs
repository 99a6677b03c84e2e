//! Authenticates API keys, for applications and for the application beside a user's token.

use std::net::IpAddr;
use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::error::AuthnError;
use super::good_keys::GoodKeys;
use super::refusal::{NO_KEY, Refusal};
use super::rejection::{Rejection, Shown};
use crate::audit::Text;
use crate::domain::{BadKey, KeyFlaw, KeyHolder, PresentedKey};
use crate::limits::Guesses;
use crate::service::Service;

/// Finds the holder of an API key.
#[derive(Debug)]
pub(super) struct ApiKeys {
    service: Service,
    guesses: Arc<Guesses>,
    good: GoodKeys,
}

/// An API key that is not valid. The caller reads the same sentence in each case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{NO_KEY}")]
pub enum ApiKeyError {
    /// No key has this id, or the key is not valid now.
    Bad(KeyFlaw),
    /// The text does not have the form of an API key.
    Malformed,
}

impl ApiKeys {
    /// Clients with too many failed `guesses` can only use keys that were valid before.
    pub(super) fn new(service: Service, guesses: Arc<Guesses>) -> Self {
        Self { service, guesses, good: GoodKeys::default() }
    }

    /// The holder of the key `text`. Counts the result in the metrics. If the key could not be
    /// checked, the audit record says that `unseen` was shown.
    pub(super) async fn holder(
        &self,
        text: &str,
        address: Option<IpAddr>,
        now: DateTime<Utc>,
        unseen: Shown,
    ) -> Result<KeyHolder, Rejection> {
        let found = self.find(text, address, now, unseen).await;
        let result = found.as_ref().map_or_else(|refused| refused.error.reason(), |_| "ok");
        self.service.metrics().api_key_auths.count([result]);
        found
    }

    async fn find(
        &self,
        text: &str,
        address: Option<IpAddr>,
        now: DateTime<Utc>,
        unseen: Shown,
    ) -> Result<KeyHolder, Rejection> {
        let Some(presented) = PresentedKey::parse(text) else {
            return Err(Rejection::new(ApiKeyError::Malformed, Shown::only("key:?")));
        };
        let hash = *presented.hash();
        let seen = self.open(presented, address, now).await;
        let holder = seen.map_err(|error| Rejection::new(error, unseen))?.map_err(refuse)?;
        self.good.note(&hash);
        Ok(holder)
    }

    /// Checks a key, first in the cache. A check in the database is rate limited by failed guesses,
    /// unless the key was valid before.
    async fn open(
        &self,
        presented: PresentedKey,
        address: Option<IpAddr>,
        now: DateTime<Utc>,
    ) -> Result<Result<KeyHolder, BadKey>, AuthnError> {
        if let Some(known) = self.service.cached_key(&presented, now) {
            return Ok(known);
        }
        if !self.good.has(presented.hash()) {
            self.guesses.demand_few(address)?;
            self.guesses.demand_few_of(presented.id())?;
            self.guesses.demand_few_here(presented.id().as_str(), address)?;
        }
        Ok(self.service.key_holder(presented, now).await?)
    }

    /// Checks that a key that was valid before is valid at `now`.
    pub(super) async fn demand_good(
        &self,
        key: &KeyHolder,
        now: DateTime<Utc>,
    ) -> Result<(), Rejection> {
        match self.service.key_is_good(key.clone(), now).await {
            Ok(true) => Ok(()),
            Ok(false) => Err(refuse(BadKey::of(key, KeyFlaw::Withdrawn))),
            Err(error) => Err(Rejection::new(error, Shown::key(&key.id))),
        }
    }
}

fn refuse(bad: BadKey) -> Rejection {
    Rejection::new(ApiKeyError::Bad(bad.flaw), Shown::key(&bad.id)).in_project(bad.project)
}

impl Refusal for ApiKeyError {
    fn code(&self) -> &'static str {
        "invalid_api_key"
    }

    fn reason(&self) -> &'static str {
        match self {
            Self::Bad(flaw) => flaw.code(),
            Self::Malformed => "key_malformed",
        }
    }

    fn sentence(&self) -> Text {
        match self {
            Self::Bad(flaw) => flaw.sentence().into(),
            Self::Malformed => "this is not an API key".into(),
        }
    }

    fn is_guess(&self) -> bool {
        matches!(self, Self::Bad(KeyFlaw::Unknown | KeyFlaw::WrongSecret) | Self::Malformed)
    }
}
