//! What may become a URL that works for whoever holds it (N16).

use chrono::{DateTime, TimeDelta, Utc};

use super::media_type::is_passive;
use super::{Endpoint, Operation, Payload, RawRequest, Refusal, S3Request};
use crate::limits;

/// A request that may be presigned, and for how long at most.
#[derive(Debug)]
pub struct Presignable {
    expires_in: TimeDelta,
}

/// How far a URL may go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PresignLimits {
    /// The longest it may live.
    pub max: TimeDelta,
    /// It may have the storage call its answer what a browser would run.
    pub active_content: bool,
}

/// Nothing that a browser would run.
impl From<TimeDelta> for PresignLimits {
    fn from(max: TimeDelta) -> Self {
        Self { max, active_content: false }
    }
}

/// Refuses what never becomes a URL.
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
    /// Reads a request that shall become a URL: an operation that cannot is refused as soon as it
    /// is known, before what else may be wrong with it.
    ///
    /// # Errors
    /// As for [`S3Request::parse`], and an operation that cannot be presigned.
    pub fn parse_to_presign(raw: RawRequest<'_>, endpoints: &[Endpoint]) -> Result<Self, Refusal> {
        Self::read(raw, endpoints, demand_presignable)
    }
}

impl Presignable {
    /// Checks the limits of presigning.
    ///
    /// # Errors
    /// An operation other than GetObject, HeadObject, PutObject and UploadPart; a stream; an
    /// expiry of 0 or beyond the longest; an answer that a browser would run on the storage's
    /// origin, unless that was opted into.
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
        match request.query("response-content-type") {
            Some(kind) if !limits.active_content && !is_passive(kind) => {
                Err(Refusal::ActiveContent(kind.to_owned(), operation))
            }
            _ => Ok(Self { expires_in }),
        }
    }

    /// How long the URL will live: as long as was asked, or until `end` if that comes first.
    /// `None` when that is within the second.
    pub fn lifetime(&self, end: Option<DateTime<Utc>>, now: DateTime<Utc>) -> Option<Lifetime> {
        let lifetime = end.map_or(self.expires_in, |end| self.expires_in.min(end - now));
        let seconds = u64::try_from(lifetime.num_seconds()).ok()?;
        (seconds > 0).then_some(Lifetime(seconds))
    }
}

/// The seconds a presigned URL will live: at least one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lifetime(u64);

impl Lifetime {
    /// In whole seconds.
    pub fn seconds(self) -> u64 {
        self.0
    }

    /// When a URL made `now` ends.
    pub fn end(self, now: DateTime<Utc>) -> DateTime<Utc> {
        now + TimeDelta::seconds(i64::try_from(self.0).unwrap_or_default())
    }
}
