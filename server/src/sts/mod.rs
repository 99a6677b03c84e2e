//! STS: sessions for callers who proved themselves. Reads nothing from the wire: `domain::sts` does.

mod refused;

use std::net::IpAddr;

use chrono::{DateTime, Utc};

use crate::authn::{Authenticator, Credentials, Rejection, TokenError};
use crate::domain::account::Username;
use crate::domain::issuer::SessionTerms;
use crate::domain::session::NewSession;
use crate::domain::sts::{Identity, Issued, SessionAsked, StsAnswer, StsError, StsRequest};
use crate::domain::{Caller, Context, iam};
use crate::service::{OpenSessionError, OpenedSession, Service, ServiceError};
pub use refused::of_rejection;

/// Tells whose token `AssumeRoleWithWebIdentity` brought. Only a user's token is looked at: no API key
/// opens a session.
///
/// # Errors
/// [`Rejection`] if the token is not accepted.
pub async fn prove_web_identity(
    authenticator: &Authenticator,
    token: &str,
    address: Option<IpAddr>,
    now: DateTime<Utc>,
) -> Result<Caller, Rejection> {
    let credentials = Credentials { token: Some(token), address, ..Credentials::default() };
    authenticator.authenticate(credentials, now).await
}

/// Answers a request of the caller in `context`, who was proved by the token in the request or by the
/// signature of the request. A session is opened under the `terms` of its user's issuer.
///
/// # Errors
/// [`StsError`].
pub async fn answer(
    service: &Service,
    request: &StsRequest,
    context: &Context,
    terms: &SessionTerms,
) -> Result<StsAnswer, StsError> {
    let caller = &context.caller;
    let identity = Identity::of(caller).ok_or_else(not_here)?;
    match request {
        StsRequest::AssumeRoleWithWebIdentity { asked, .. } => {
            let Caller::User(user) = caller else { return Err(not_here()) };
            let issued = issue(service, asked, context, terms).await?;
            Ok(StsAnswer::AssumeRoleWithWebIdentity(issued, identity, user.id.to_string()))
        }
        StsRequest::AssumeRole(asked) => {
            let issued = issue(service, asked, context, terms).await?;
            Ok(StsAnswer::AssumeRole(issued, identity))
        }
        StsRequest::GetSessionToken(asked) => {
            Ok(StsAnswer::GetSessionToken(issue(service, asked, context, terms).await?))
        }
        StsRequest::GetCallerIdentity => Ok(StsAnswer::GetCallerIdentity(identity)),
    }
}

async fn issue(
    service: &Service,
    asked: &SessionAsked,
    context: &Context,
    terms: &SessionTerms,
) -> Result<Issued, StsError> {
    let policy = asked.policy.as_deref();
    let username = match policy {
        Some(text) if iam::asks_for_names(text) => username(service, &context.caller).await?,
        _ => None,
    };
    let (caller, username) = (&context.caller, username.as_ref());
    let new = NewSession::of(caller, username, policy, asked.life, context.now)?.under(terms);
    let opened = service.open_session(new, &asked.remark, context).await;
    let OpenedSession { claims, sealed } = opened.map_err(refused)?;
    let (id, expires_at) = (claims.id, claims.expires_at);
    Ok(Issued { id, secret: sealed.secret, token: sealed.token, expires_at })
}

/// What the account of the caller is called, which variables of a policy stand for.
async fn username(service: &Service, caller: &Caller) -> Result<Option<Username>, StsError> {
    let Some(user) = caller.user() else { return Ok(None) };
    let names = service
        .usernames_of(&user.project, [&user.id])
        .await
        .map_err(|error| unavailable(&error))?;
    Ok(names.of(&user.id).cloned())
}

fn refused(error: OpenSessionError) -> StsError {
    match error {
        OpenSessionError::TooLarge(length) => StsError::PackedPolicyTooLarge(length),
        OpenSessionError::ProjectInactive => StsError::AccessDenied(error.to_string()),
        OpenSessionError::Service(ServiceError::SignedOut(flaw)) => {
            refused::of_rejection(&TokenError::Ended(flaw).into())
        }
        OpenSessionError::Service(error) => unavailable(&error),
    }
}

fn unavailable(error: &ServiceError) -> StsError {
    log::warn!("a session was not opened: {error}");
    StsError::Unavailable
}

fn not_here() -> StsError {
    StsError::AccessDenied("sessions are for users and for applications".to_owned())
}
