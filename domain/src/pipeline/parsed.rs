//! A request that was understood, and who may have it signed.

use chrono::{DateTime, Utc};

use super::approval::Approval;
use super::error::SigningError;
use super::form::Form;
use crate::authority::Authority;
use crate::caller::Caller;
use crate::decide::{Approved, decide};
use crate::denied::Denied;
use crate::s3::{Lifetime, Presignable, S3Request};

/// A request that was understood, in the form in which it shall be signed. Made by
/// [`SigningRequest::parse`](super::SigningRequest::parse) alone.
#[derive(Debug, Clone)]
pub struct ParsedRequest {
    pub(super) request: S3Request,
    pub(super) form: Form,
}

impl ParsedRequest {
    /// What it does in S3.
    pub fn request(&self) -> &S3Request {
        &self.request
    }

    /// Judges it: the limits of presigning, then the grants.
    ///
    /// # Errors
    /// [`SigningError::Refused`] for a URL that goes too far, [`SigningError::Denied`] for the rest.
    pub fn judge(
        &self,
        caller: &Caller,
        authority: &Authority,
        now: DateTime<Utc>,
    ) -> Result<Approval<'_>, SigningError> {
        let presignable = self.presignable(caller, authority)?;
        let approved = decide(caller, &self.request, authority, now)?;
        let lifetime = presignable.map(|url| lifetime(&url, &approved, now)).transpose()?;
        Ok(Approval::new(approved, lifetime))
    }

    /// What a URL may be; none for headers.
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

/// How long a URL lives: no longer than the approval.
fn lifetime(
    presignable: &Presignable,
    approved: &Approved<'_>,
    now: DateTime<Utc>,
) -> Result<Lifetime, Denied> {
    let end = approved.until().instant();
    presignable.lifetime(end, now).ok_or(Denied::ExpiresTooSoon)
}
