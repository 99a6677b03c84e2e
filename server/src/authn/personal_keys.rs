//! Finds whose a personal API key is.

use std::net::IpAddr;
use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::error::AuthnError;
use super::good_keys::GoodKeys;
use super::refusal::Refusal;
use super::rejection::{Rejection, Shown};
use super::signer::SignerId;
use crate::audit::Text;
use crate::domain::access_key::{AccessKeyFlaw, AccessKeyLookup, PersonalKey};
use crate::domain::{AccessKeyHolder, ProjectId};
use crate::limits::Guesses;
use crate::service::{Service, ServiceError};

/// Finds the holders of personal API keys.
#[derive(Debug)]
pub(super) struct PersonalKeys {
    service: Service,
    guesses: Arc<Guesses>,
    good: GoodKeys,
}

/// A personal API key that lets nobody in. The client reads the same sentence in each case but the last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum PersonalKeyError {
    /// The text does not have the form of one.
    #[error("{NO_PERSONAL_KEY}")]
    Malformed,
    /// There is none of this id, or it is not in use.
    #[error("{NO_PERSONAL_KEY}")]
    Bad(AccessKeyFlaw),
    /// The key of this id is another.
    #[error("{NO_PERSONAL_KEY}")]
    Wrong,
    /// It is not for this address.
    #[error("{NO_PERSONAL_KEY}")]
    Address,
    /// It was good when the request began, and has other limits now.
    #[error("{NO_PERSONAL_KEY}")]
    Withdrawn,
    /// It came with an API key.
    #[error("a personal API key stands alone: send it without an API key")]
    WithApiKey,
}

const NO_PERSONAL_KEY: &str =
    "the personal API key is unknown, ended, out of use, or not for this address";

impl PersonalKeys {
    /// Clients with too many failed `guesses` can only use keys that are cached, or were good before.
    pub(super) fn new(service: Service, guesses: Arc<Guesses>) -> Self {
        Self { service, guesses, good: GoodKeys::default() }
    }

    /// The holder of the key `text`, with the limits that it has now.
    pub(super) async fn holder(
        &self,
        text: &str,
        address: Option<IpAddr>,
        now: DateTime<Utc>,
    ) -> Result<AccessKeyHolder, Rejection> {
        let Some(presented) = PersonalKey::parse(text) else {
            let shown = Shown::only("personal-key:?");
            return Err(Rejection::new(PersonalKeyError::Malformed, shown));
        };
        let found = self.find(&presented, address, now).await;
        let found = found.map_err(|error| refuse(error, &presented, None))?;
        let key = found.map_err(|bad| {
            refuse(PersonalKeyError::Bad(bad.flaw).into(), &presented, bad.project)
        })?;
        let project = || Some(key.holder.project.clone());
        if !key.is(&presented) {
            return Err(refuse(PersonalKeyError::Wrong.into(), &presented, project()));
        }
        self.good.note(presented.hash().as_bytes());
        if !key.holder.limits.allows(address) {
            return Err(refuse(PersonalKeyError::Address.into(), &presented, project()));
        }
        Ok(key.holder.clone())
    }

    /// Looks a key up, first in the cache. Look-ups in the database are limited by failed guesses, unless the key
    /// was good before.
    async fn find(
        &self,
        presented: &PersonalKey,
        address: Option<IpAddr>,
        now: DateTime<Utc>,
    ) -> Result<AccessKeyLookup, AuthnError> {
        let id = presented.id();
        if let Some(known) = self.service.cached_access_key(id, now) {
            return Ok(known.map_err(ServiceError::from)?);
        }
        if !self.good.has(presented.hash().as_bytes()) {
            self.guesses.demand_few(address)?;
            self.guesses.demand_few_here(id.as_str(), address)?;
        }
        Ok(self.service.access_key(id, now).await?)
    }

    /// Checks that a holder who was let in before would be let in at `now`, with the same limits.
    pub(super) async fn demand_good(
        &self,
        holder: &AccessKeyHolder,
        now: DateTime<Utc>,
    ) -> Result<(), Rejection> {
        let refuse = |error: AuthnError| {
            let shown = Shown::access_key(&SignerId::Key(holder.id.clone()));
            Rejection::new(error, shown).in_project(Some(holder.project.clone()))
        };
        let found = self.service.access_key(&holder.id, now).await;
        let found = found.map_err(|error| refuse(error.into()))?;
        let key = found.map_err(|bad| refuse(PersonalKeyError::Bad(bad.flaw).into()))?;
        let now_holds = &key.holder;
        let is_same = now_holds.is_personal() && now_holds.limits == holder.limits;
        if is_same { Ok(()) } else { Err(refuse(PersonalKeyError::Withdrawn.into())) }
    }
}

fn refuse(error: AuthnError, presented: &PersonalKey, project: Option<ProjectId>) -> Rejection {
    let shown = Shown::access_key(&SignerId::Key(presented.id().clone()));
    Rejection::new(error, shown).in_project(project)
}

impl Refusal for PersonalKeyError {
    fn code(&self) -> &'static str {
        match self {
            Self::WithApiKey => "personal_key_with_api_key",
            _ => "invalid_personal_key",
        }
    }

    fn reason(&self) -> &'static str {
        match self {
            Self::Malformed => "personal_key_malformed",
            Self::Bad(flaw) => flaw.code(),
            Self::Wrong => "personal_key_wrong",
            Self::Address => "access_key_address",
            Self::Withdrawn => "key_withdrawn",
            Self::WithApiKey => self.code(),
        }
    }

    fn sentence(&self) -> Text {
        match self {
            Self::Malformed => "this is not a personal API key".into(),
            Self::Bad(flaw) => flaw.to_string().into(),
            Self::Wrong => "the secret of the personal API key is wrong".into(),
            Self::Address => "the personal API key may not be used from this address".into(),
            Self::Withdrawn => "the personal API key was narrowed while it was in use".into(),
            Self::WithApiKey => self.to_string().into(),
        }
    }

    fn is_guess(&self) -> bool {
        matches!(self, Self::Bad(AccessKeyFlaw::Unknown) | Self::Wrong | Self::Malformed)
    }
}
