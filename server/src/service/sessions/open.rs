//! Opening sessions.

use aws_lc_rs::rand;
use sail_cargo_database::{DatabaseError, SealedSession};

use crate::audit::Decision;
use crate::domain::limits::MAX_SESSION_TOKEN;
use crate::domain::session::{NewSession, SessionClaims};
use crate::domain::{Caller, Context, Outcome, SessionId};
use crate::service::error::ServiceError;
use crate::service::handle::Service;

/// A session that was opened.
#[derive(Debug)]
pub struct OpenedSession {
    /// What its token says.
    pub claims: SessionClaims,
    /// Its token and its secret.
    pub sealed: SealedSession,
}

/// Why a session was not opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenSessionError {
    /// Its token would have so many characters.
    #[error("the session token would have {0} characters")]
    TooLarge(usize),
    /// The project is suspended.
    #[error("the project is not active")]
    ProjectInactive,
    /// The server cannot look, or cannot put it on record.
    #[error(transparent)]
    Service(#[from] ServiceError),
}

impl Service {
    /// Opens a session and puts it on record with `remark`. The answer is the only one that holds its token
    /// and its secret.
    ///
    /// # Errors
    /// [`OpenSessionError::TooLarge`] if claims and policy make a token of more than 2 KiB,
    /// [`ServiceError::SignedOut`] if the account of the user ended meanwhile.
    pub async fn open_session(
        &self,
        new: NewSession,
        remark: &str,
        context: &Context,
    ) -> Result<OpenedSession, OpenSessionError> {
        let user = new.user().map(|user| &user.id);
        let ground = self.session_ground(new.project(), user).await?;
        if !ground.is_active {
            return Err(OpenSessionError::ProjectInactive);
        }
        if let Caller::User(user) = &context.caller {
            let good = user.demand_standing(ground.account.as_ref());
            good.map_err(ServiceError::SignedOut)?;
        }
        let epoch = ground.epoch;
        let max = self.gateway_settings(new.project()).await?.max_session;
        let claims = new.at_most(max).claims(random_id().map_err(ServiceError::from)?, epoch);
        let sealed = self.database.session_seal().close(&claims).map_err(ServiceError::from)?;
        let length = sealed.token.expose().len();
        if length > MAX_SESSION_TOKEN {
            return Err(OpenSessionError::TooLarge(length));
        }
        let record = self.audit.record(context, vec![opened(&claims, remark)]).await;
        record.map_err(ServiceError::from)?;
        Ok(OpenedSession { claims, sealed })
    }
}

fn random_id() -> Result<SessionId, DatabaseError> {
    let mut bytes = [0; SessionId::RANDOM];
    rand::fill(&mut bytes).map_err(|_| DatabaseError::corrupt("no randomness"))?;
    Ok(SessionId::from_random(bytes))
}

fn opened(claims: &SessionClaims, remark: &str) -> Decision {
    let limited = if claims.policy.is_some() { " with a policy" } else { "" };
    let end = claims.expires_at.to_rfc3339_opts(chrono::SecondsFormat::Secs, true);
    let remark = if remark.is_empty() { String::new() } else { format!(": {remark}") };
    Decision {
        project: claims.project.clone(),
        action: "session.open",
        bucket: None,
        object: Some(claims.id.to_string()),
        outcome: Outcome::Allow,
        reason: "ok",
        detail: format!("opened session {} until {end}{limited}{remark}", claims.id).into(),
        revision: None,
        request: None,
    }
}
