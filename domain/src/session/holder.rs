//! Who asks by a session.

use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::claims::{SessionClaims, SessionEpoch, SessionUser};
use super::flaw::{BadSession, SessionFlaw};
use super::id::SessionId;
use super::parent_key::ParentKey;
use crate::access_key::{KeyLimits, SecretAccessKey};
use crate::names::ProjectId;
use crate::user::User;

/// A session that was proved, as a [`Caller`](crate::Caller).
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct SessionHolder {
    /// What its token says.
    pub claims: Arc<SessionClaims>,
    /// The user whose session it is; `None` for the application.
    pub user: Option<User>,
    /// What it is good for at most: the limits of the access key that opened it, as they are now, and
    /// its policy.
    pub limits: Arc<KeyLimits>,
}

/// A session, with the secret that its requests are signed with.
#[derive(Debug)]
pub struct Session {
    /// Who asks by it.
    pub holder: SessionHolder,
    /// What signs for it.
    pub secret: SecretAccessKey,
}

/// What came of looking a session up.
pub type SessionLookup = Result<Session, BadSession>;

/// What is known of the project of a session, now.
#[derive(Debug, Clone, Copy)]
pub struct SessionFacts<'a> {
    /// Whether the project is active.
    pub is_active: bool,
    /// The user's epoch.
    pub epoch: SessionEpoch,
    /// The key that opened the session; `None` if it is not in use.
    pub parent: Option<ParentKey<'a>>,
}

impl SessionHolder {
    /// The session.
    pub fn id(&self) -> &SessionId {
        &self.claims.id
    }

    /// Its project.
    pub fn project(&self) -> &ProjectId {
        &self.claims.project
    }

    /// When it expires.
    pub fn expires_at(&self) -> DateTime<Utc> {
        self.claims.expires_at
    }
}

impl SessionClaims {
    /// The holder of the session, if it is good at `now`.
    ///
    /// # Errors
    /// [`SessionFlaw`] if it is not.
    pub fn admit(
        self: &Arc<Self>,
        facts: &SessionFacts<'_>,
        now: DateTime<Utc>,
    ) -> Result<SessionHolder, SessionFlaw> {
        if !facts.is_active {
            return Err(SessionFlaw::ProjectInactive);
        }
        if self.expires_at <= now {
            return Err(SessionFlaw::Expired);
        }
        if self.epoch < facts.epoch {
            return Err(SessionFlaw::Ended);
        }
        let parent = self.parent_limits(facts.parent, now)?;
        let user = self.user.as_ref().map(|user| self.user(user));
        Ok(SessionHolder { claims: Arc::clone(self), user, limits: self.limits(parent, now) })
    }

    /// The limits of the access key that opened it; `None` where another key or a token did.
    fn parent_limits<'a>(
        &self,
        found: Option<ParentKey<'a>>,
        now: DateTime<Utc>,
    ) -> Result<Option<&'a Arc<KeyLimits>>, SessionFlaw> {
        if self.parent.is_none() {
            return Ok(None);
        }
        match found.filter(|key| key.stands_behind(self, now)) {
            Some(ParentKey::AccessKey(key)) => Ok(Some(&key.holder.limits)),
            Some(ParentKey::ApiKey(_)) => Ok(None),
            None => Err(SessionFlaw::ParentGone),
        }
    }

    fn limits(&self, parent: Option<&Arc<KeyLimits>>, now: DateTime<Utc>) -> Arc<KeyLimits> {
        let parent = parent.cloned().unwrap_or_default();
        let Some(policy) = &self.policy else { return parent };
        Arc::new(KeyLimits { places: Some(policy.at(now)), ..(*parent).clone() })
    }

    fn user(&self, user: &SessionUser) -> User {
        let SessionUser { id, groups, service_account } = user.clone();
        User {
            project: self.project.clone(),
            id,
            groups,
            service_account,
            expires_at: self.expires_at,
            signed_in_at: None,
            epoch: None,
            via: None,
        }
    }
}
