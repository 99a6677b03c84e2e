//! A parsed request, and the decision whether it is signed.

use chrono::{DateTime, Utc};

use super::approval::Approval;
use super::error::SigningError;
use super::form::Form;
use crate::authority::Authority;
use crate::caller::Caller;
use crate::decide::{Approved, decide};
use crate::denied::Denied;
use crate::s3::{Lifetime, Presignable, Refusal, S3Request};

/// A parsed request, in the form in which it will be signed. Only
/// [`SigningRequest::parse`](super::SigningRequest::parse) creates one.
#[derive(Debug, Clone)]
pub struct ParsedRequest {
    pub(super) request: S3Request,
    pub(super) form: Form,
}

impl ParsedRequest {
    /// The S3 request.
    pub fn request(&self) -> &S3Request {
        &self.request
    }

    /// Decides whether the request is signed for `caller`: checks the limits of presigning, then
    /// the grants.
    ///
    /// # Errors
    /// [`SigningError::Refused`] if a URL exceeds the limits of presigning, otherwise
    /// [`SigningError::Denied`].
    pub fn judge(
        &self,
        caller: &Caller,
        authority: &Authority,
        now: DateTime<Utc>,
    ) -> Result<Approval<'_>, SigningError> {
        let presignable = self.presignable(caller, authority)?;
        self.demand_passive(caller, authority)?;
        self.demand_short(authority)?;
        let approved = decide(caller, &self.request, authority, now)?;
        let lifetime = presignable.map(|url| lifetime(&url, &approved, now)).transpose()?;
        Ok(Approval::new(approved, lifetime))
    }

    /// Refuses a response that somebody who cannot be asked opens in a browser, and that it would run.
    fn demand_passive(&self, caller: &Caller, authority: &Authority) -> Result<(), Refusal> {
        let request = &self.request;
        match self.form {
            Form::OfUrl { .. } => {
                let limits = authority.presign_limits(caller, request.operation());
                request.demand_passive(limits.active_content)
            }
            Form::Unproven => request.demand_own_headers(),
            // The limits of presigning have it.
            Form::Headers | Form::Url { .. } => Ok(()),
        }
    }

    /// Denies a URL of the gateway that lives longer than the project allows.
    fn demand_short(&self, authority: &Authority) -> Result<(), Denied> {
        let Form::OfUrl { lifetime } = self.form else { return Ok(()) };
        let allowed = authority.project.at_gateway.max_presign;
        if lifetime <= allowed { Ok(()) } else { Err(Denied::UrlTooLong { lifetime, allowed }) }
    }

    /// The checked limits of a URL; `None` for headers.
    fn presignable(
        &self,
        caller: &Caller,
        authority: &Authority,
    ) -> Result<Option<Presignable>, SigningError> {
        let Form::Url { expires_in } = self.form else { return Ok(None) };
        let limits = authority.presign_limits(caller, self.request.operation());
        Ok(Some(Presignable::check(&self.request, expires_in, limits)?))
    }
}

/// The lifetime of a URL: not longer than the approval holds.
fn lifetime(
    presignable: &Presignable,
    approved: &Approved<'_>,
    now: DateTime<Utc>,
) -> Result<Lifetime, Denied> {
    let end = approved.until().instant();
    presignable.lifetime(end, now).ok_or(Denied::ExpiresTooSoon)
}
