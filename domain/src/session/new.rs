//! A session that is to be opened.

use chrono::{DateTime, SubsecRound as _, TimeDelta, Utc};

use super::claims::{SessionClaims, SessionEpoch, SessionUser};
use super::id::SessionId;
use super::life::SessionLife;
use super::parent::SessionParent;
use super::policy::{InvalidSessionPolicy, SessionPolicy};
use crate::access_key::AccessKeyHolder;
use crate::account::Username;
use crate::caller::{Caller, User};
use crate::issuer::SessionTerms;
use crate::names::ProjectId;

/// A session that may be opened, but for its id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewSession {
    project: ProjectId,
    user: Option<SessionUser>,
    issuer: String,
    parent: Option<SessionParent>,
    /// The epoch of the session that opens it.
    epoch: Option<SessionEpoch>,
    issued_at: DateTime<Utc>,
    expires_at: DateTime<Utc>,
    policy: Option<SessionPolicy>,
}

/// Why a session is not opened.
#[derive(Debug, thiserror::Error)]
pub enum SessionRefusal {
    /// The caller is an operator.
    #[error("sessions are for users and for applications")]
    NotForYou,
    /// The session policy is refused.
    #[error(transparent)]
    Policy(#[from] InvalidSessionPolicy),
}

impl NewSession {
    /// A session of `caller`'s, whose account is called `username`, with `policy` where one is given. It
    /// ends before the key or the session that opens it. One that a session opens keeps that session's key, epoch and policy.
    ///
    /// # Errors
    /// [`SessionRefusal`].
    pub fn of(
        caller: &Caller,
        username: Option<&Username>,
        policy: Option<&str>,
        life: SessionLife,
        now: DateTime<Utc>,
    ) -> Result<Self, SessionRefusal> {
        let user = caller.user().map(SessionUser::from);
        let id = user.as_ref().map(|user| &user.id);
        let policy = policy.map(|text| SessionPolicy::read(text, id, username)).transpose()?;
        let new = |project: &ProjectId, latest| Self {
            project: project.clone(),
            user,
            issuer: String::new(),
            parent: None,
            epoch: None,
            issued_at: now.trunc_subsecs(0),
            expires_at: life.end(now, latest),
            policy,
        };
        match caller {
            Caller::User(User { project, via: None, .. }) => Ok(new(project, None)),
            Caller::AccessKey(AccessKeyHolder { project, id, expires_at, .. }) => {
                let parent = Some(SessionParent::AccessKey(id.clone()));
                Ok(Self { parent, ..new(project, Some(*expires_at)) })
            }
            Caller::Session(session) => {
                let new = new(session.project(), Some(session.expires_at()));
                Ok(new.below(&session.claims))
            }
            Caller::User(User { via: Some(key), .. }) | Caller::Root(key) => {
                let parent = Some(SessionParent::ApiKey(key.id.clone()));
                Ok(Self { parent, ..new(&key.project, key.expires_at) })
            }
            Caller::Everybody(_) | Caller::Operator { .. } => Err(SessionRefusal::NotForYou),
        }
    }

    /// This session, opened by the session of these claims.
    fn below(self, claims: &SessionClaims) -> Self {
        let policy = match (self.policy, &claims.policy) {
            (Some(own), Some(theirs)) => Some(own.meet(theirs)),
            (own, theirs) => own.or_else(|| theirs.clone()),
        };
        let (issuer, parent) = (claims.issuer.clone(), claims.parent.clone());
        Self { issuer, parent, epoch: Some(claims.epoch), policy, ..self }
    }

    /// This session, living for `seconds` at most.
    #[must_use]
    pub fn at_most(self, seconds: u32) -> Self {
        let latest = self.issued_at + TimeDelta::seconds(seconds.into());
        Self { expires_at: self.expires_at.min(latest), ..self }
    }

    /// This session, bound to the issuer of its user: no longer than that allows, and not good without it.
    #[must_use]
    pub fn under(self, terms: &SessionTerms) -> Self {
        let issuer = terms.alias.as_ref().map(ToString::to_string).unwrap_or_default();
        let bound = Self { issuer, ..self };
        match terms.longest {
            Some(seconds) => bound.at_most(seconds),
            None => bound,
        }
    }

    /// Its project.
    pub const fn project(&self) -> &ProjectId {
        &self.project
    }

    /// Its user; `None` for the application.
    pub const fn user(&self) -> Option<&SessionUser> {
        self.user.as_ref()
    }

    /// The claims of the session `id`, of a user who is in the epoch `current`.
    pub fn claims(self, id: SessionId, current: SessionEpoch) -> SessionClaims {
        let Self { project, user, issuer, parent, epoch, issued_at, expires_at, policy } = self;
        let epoch = epoch.unwrap_or(current);
        SessionClaims { id, project, user, issuer, parent, epoch, issued_at, expires_at, policy }
    }
}

impl From<&User> for SessionUser {
    fn from(user: &User) -> Self {
        let User { id, groups, service_account, .. } = user.clone();
        Self { id, groups, service_account }
    }
}
