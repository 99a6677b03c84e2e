//! Limits on presigned URLs, which work for everybody who has them (N16).

use chrono::{DateTime, TimeDelta, Utc};

use super::media_type::is_passive;
use super::{Endpoint, Operation, Payload, RawRequest, Refusal, S3Request};
use crate::limits;

/// A request that may be presigned, and its requested lifetime.
#[derive(Debug)]
pub struct Presignable {
    expires_in: TimeDelta,
}

/// The limits on a presigned URL.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PresignLimits {
    /// The maximum lifetime.
    pub max: TimeDelta,
    /// Whether the URL may set a response type that browsers execute.
    pub active_content: bool,
}

/// Limits that allow no response type that browsers execute.
impl From<TimeDelta> for PresignLimits {
    fn from(max: TimeDelta) -> Self {
        Self { max, active_content: false }
    }
}

/// Refuses operations that are never presigned.
fn demand_presignable(operation: Operation) -> Result<(), Refusal> {
    match operation {
        Operation::GetObject
        | Operation::HeadObject
        | Operation::PutObject
        | Operation::UploadPart => Ok(()),
        other => Err(Refusal::PresignOperation(other)),
    }
}

impl S3Request {
    /// Parses a request to presign. An operation that cannot be presigned is refused as soon as it
    /// is known, before later rules apply.
    ///
    /// # Errors
    /// [`Refusal`] as for [`S3Request::parse`], or if the operation cannot be presigned.
    pub fn parse_to_presign(raw: RawRequest<'_>, endpoints: &[Endpoint]) -> Result<Self, Refusal> {
        Self::read(raw, endpoints, demand_presignable)
    }

    /// Refuses a response type that browsers execute, unless that is allowed.
    ///
    /// # Errors
    /// [`Refusal::ActiveContent`].
    pub fn demand_passive(&self, active_content: bool) -> Result<(), Refusal> {
        match self.query("response-content-type") {
            Some(kind) if !active_content && !is_passive(kind) => {
                Err(Refusal::ActiveContent(kind.to_owned(), self.operation()))
            }
            _ => Ok(()),
        }
    }

    /// Refuses to set headers of the response, as S3 does for requests without a signature
    /// (<https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html>).
    ///
    /// # Errors
    /// [`Refusal::ResponseUnsigned`].
    pub fn demand_own_headers(&self) -> Result<(), Refusal> {
        let name = self.query_names().find(|name| name.starts_with("response-"));
        name.map_or(Ok(()), |name| Err(Refusal::ResponseUnsigned(name.to_owned())))
    }
}

impl Presignable {
    /// Checks the limits of presigning.
    ///
    /// # Errors
    /// [`Refusal`] if the operation is not GetObject, HeadObject, PutObject or UploadPart; if the
    /// payload is streamed; if the lifetime is 0 or exceeds the maximum; or if a browser would
    /// execute the response on the storage's origin and the project did not opt in to that.
    pub fn check(
        request: &S3Request,
        expires_in: u64,
        limits: impl Into<PresignLimits>,
    ) -> Result<Self, Refusal> {
        let (operation, limits) = (request.operation(), limits.into());
        demand_presignable(operation)?;
        if *request.payload() == Payload::StreamingTrailer {
            return Err(Refusal::StreamOn(operation));
        }
        let max = limits.max.num_seconds().clamp(1, limits::MAX_PRESIGN_SECONDS.into());
        let seconds = i64::try_from(expires_in).ok().filter(|seconds| (1..=max).contains(seconds));
        let expires_in = TimeDelta::seconds(seconds.ok_or(Refusal::Expires(max))?);
        request.demand_passive(limits.active_content)?;
        Ok(Self { expires_in })
    }

    /// The lifetime of the URL: as requested, or until `end` if that is earlier. `None` if less
    /// than a second is left.
    pub fn lifetime(&self, end: Option<DateTime<Utc>>, now: DateTime<Utc>) -> Option<Lifetime> {
        let lifetime = end.map_or(self.expires_in, |end| self.expires_in.min(end - now));
        let seconds = u64::try_from(lifetime.num_seconds()).ok()?;
        (seconds > 0).then_some(Lifetime(seconds))
    }
}

/// The lifetime of a presigned URL in seconds: at least one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lifetime(u64);

impl Lifetime {
    /// The lifetime in whole seconds.
    pub fn seconds(self) -> u64 {
        self.0
    }

    /// The end of a URL that is made `now`.
    pub fn end(self, now: DateTime<Utc>) -> DateTime<Utc> {
        now + TimeDelta::seconds(i64::try_from(self.0).unwrap_or_default())
    }
}
