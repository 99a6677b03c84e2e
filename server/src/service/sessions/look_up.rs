//! Whose sessions are, and with what they sign.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use sail_cargo_database::tables::{accounts, projects, sessions_end};

use crate::domain::account::AccountStanding;
use crate::domain::session::{
    BadSession, ParentKey, Session, SessionClaims, SessionEpoch, SessionFacts, SessionFlaw,
    SessionLookup, SessionParent, SessionsEnd,
};
use crate::domain::{ProjectId, SessionHolder, SessionId, SubjectId};
use crate::service::error::ServiceError;
use crate::service::handle::Service;

/// What sessions of a user rest on.
#[derive(Debug, Clone, Copy, Default)]
pub(in crate::service) struct SessionGround {
    /// Whether the project is active.
    pub(in crate::service) is_active: bool,
    /// The epoch of the user's sessions.
    pub(in crate::service) epoch: SessionEpoch,
    /// The user's account, if they have one.
    pub(in crate::service) account: Option<AccountStanding>,
}

impl Service {
    /// The session `id` with its holder and its secret, if its token is good at `now`; or why it is not.
    /// The token says what the session is. Whether it was ended, and the key that opened it, are
    /// answered from the cache under the lease.
    ///
    /// # Errors
    /// [`ServiceError::Database`] if the cache does not know and the database is not available.
    pub async fn session(
        &self,
        id: &SessionId,
        token: &str,
        now: DateTime<Utc>,
    ) -> Result<SessionLookup, ServiceError> {
        let bad = |flaw, project| BadSession { id: id.clone(), flaw, project };
        let (claims, secret) = match self.database.session_seal().open(token, id, now) {
            Ok(opened) => opened,
            Err(flaw) => return Ok(Err(bad(flaw, None))),
        };
        let claims = Arc::new(claims);
        let admitted = self.admit_session(&claims, now).await?;
        let project = Some(claims.project.clone());
        Ok(admitted.map(|holder| Session { holder, secret }).map_err(|flaw| bad(flaw, project)))
    }

    /// The holder of a session whose token was opened before, if it is still good at `now`.
    ///
    /// # Errors
    /// [`ServiceError::Database`] if the cache does not know and the database is not available.
    pub async fn admit_session(
        &self,
        claims: &Arc<SessionClaims>,
        now: DateTime<Utc>,
    ) -> Result<Result<SessionHolder, SessionFlaw>, ServiceError> {
        let user = claims.user.as_ref().map(|user| &user.id);
        let SessionGround { is_active, epoch, .. } =
            self.session_ground(&claims.project, user).await?;
        let (access_key, api_key) = match &claims.parent {
            Some(SessionParent::AccessKey(id)) => (self.access_key(id, now).await?.ok(), None),
            Some(SessionParent::ApiKey(id)) => {
                (None, self.live_api_key(&claims.project, id, now).await?)
            }
            None => (None, None),
        };
        let parent = access_key.as_deref().map(ParentKey::AccessKey);
        let parent = parent.or_else(|| api_key.as_ref().map(ParentKey::ApiKey));
        let facts = SessionFacts { is_active, epoch, parent };
        Ok(claims.admit(&facts, now))
    }

    /// What sessions of a user rest on, read at one time: what ends the account after that ends a session of that
    /// epoch, too.
    pub(in crate::service) async fn session_ground(
        &self,
        project: &ProjectId,
        user: Option<&SubjectId>,
    ) -> Result<SessionGround, ServiceError> {
        let cached = self.cache.get_if_fresh(project, None, |state| {
            let (is_active, epoch) = state.session_epoch(user);
            let account = user.and_then(|user| state.account_standing(user));
            Some(SessionGround { is_active, epoch, account })
        });
        if let Some(known) = cached {
            return Ok(known);
        }
        let (project, user) = (project.clone(), user.cloned());
        let found = self.read(project.clone(), None, move |connection, _| {
            let is_active = projects::rules(connection, &project, None)?.active;
            let Some(user) = &user else {
                return Ok(SessionGround { is_active, ..SessionGround::default() });
            };
            let end = sessions_end::find(connection, &project, user)?;
            let epoch = end.as_ref().map(SessionsEnd::epoch).unwrap_or_default();
            let account = accounts::standing(connection, &project, user)?;
            Ok(SessionGround { is_active, epoch, account })
        });
        match found.await {
            Ok(found) => Ok(found.value),
            Err(ServiceError::NotFound(_)) => Ok(SessionGround::default()),
            Err(other) => Err(other),
        }
    }
}
