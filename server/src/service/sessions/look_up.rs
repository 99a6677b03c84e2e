//! Whose sessions are, and with what they sign.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use sail_cargo_database::tables::{projects, sessions_end};

use crate::domain::session::{
    BadSession, ParentKey, Session, SessionClaims, SessionEpoch, SessionFacts, SessionFlaw,
    SessionLookup, SessionParent, SessionsEnd,
};
use crate::domain::{ProjectId, SessionHolder, SessionId, SubjectId};
use crate::service::error::ServiceError;
use crate::service::handle::Service;

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
        let (is_active, epoch) = self.session_epoch(&claims.project, user).await?;
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

    /// Whether a project is active, and in which epoch the sessions of a user are.
    pub(in crate::service) async fn session_epoch(
        &self,
        project: &ProjectId,
        user: Option<&SubjectId>,
    ) -> Result<(bool, SessionEpoch), ServiceError> {
        let cached =
            self.cache.get_if_fresh(project, None, |state| Some(state.session_epoch(user)));
        if let Some(known) = cached {
            return Ok(known);
        }
        let (project, user) = (project.clone(), user.cloned());
        let found = self.read(project.clone(), None, move |connection, _| {
            let rules = projects::rules(connection, &project, None)?;
            let end = match &user {
                Some(user) => sessions_end::find(connection, &project, user)?,
                None => None,
            };
            Ok((rules.active, end.as_ref().map(SessionsEnd::epoch).unwrap_or_default()))
        });
        match found.await {
            Ok(found) => Ok(found.value),
            Err(ServiceError::NotFound(_)) => Ok((false, SessionEpoch::default())),
            Err(other) => Err(other),
        }
    }
}
