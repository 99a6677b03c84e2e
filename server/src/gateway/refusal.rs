//! What the rooms below refuse or fail in, in S3's words: one match for each kind (G24).

use http::StatusCode;
use sail_cargo_database::DatabaseError;

use super::error::S3Error;
use super::reason::Reason;
use crate::authn::{AccessKeyError, AuthnError};
use crate::domain::pipeline::SigningError;
use crate::domain::s3::Refusal;
use crate::domain::sigv4::ProofError;
use crate::domain::{Conflict, Denied};
use crate::service::ServiceError;
use crate::service::signing::PipelineError;
use crate::storage_client::upstream::UpstreamError;

impl From<Refusal> for S3Error {
    fn from(refusal: Refusal) -> Self {
        let (status, code) = code(&refusal);
        Self::new(status, code, refusal.to_string()).refusing(400, refusal.code())
    }
}

/// The status and the code of a request that was not understood. It names no variant twice, so a new
/// refusal does not compile without its code.
fn code(refusal: &Refusal) -> (StatusCode, &'static str) {
    let bad = |code| (StatusCode::BAD_REQUEST, code);
    match refusal {
        Refusal::Method => (StatusCode::METHOD_NOT_ALLOWED, "MethodNotAllowed"),
        Refusal::UrlLength
        | Refusal::UrlBytes(_)
        | Refusal::UrlShape
        | Refusal::Scheme(_)
        | Refusal::SemicolonInPath
        | Refusal::PlusInPath
        | Refusal::Escape(_)
        | Refusal::NotUtf8(_)
        | Refusal::ControlChar(_)
        | Refusal::DotSegment(_)
        | Refusal::SlashOnlyKey
        | Refusal::DoubleEncoded(_) => bad("InvalidURI"),
        Refusal::KeyEmpty(_) | Refusal::KeyLength(_) => bad("KeyTooLongError"),
        Refusal::Bucket | Refusal::BucketHost | Refusal::NewBucket => bad("InvalidBucketName"),
        Refusal::UnknownOperation
        | Refusal::QueryUnknown(_)
        | Refusal::AmbiguousSubresource(..)
        | Refusal::FormPost => (StatusCode::NOT_IMPLEMENTED, "NotImplemented"),
        Refusal::QueryName
        | Refusal::QueryLimit
        | Refusal::QueryDuplicate(_)
        | Refusal::QueryAuth(_)
        | Refusal::QueryValue(_)
        | Refusal::QueryRule { .. }
        | Refusal::SubresourceValue(_)
        | Refusal::PartNumber
        | Refusal::XIdMismatch { .. }
        | Refusal::HeaderName
        | Refusal::HeaderDuplicate(_)
        | Refusal::HeaderControl(_)
        | Refusal::HeaderDenied(_)
        | Refusal::HeaderUnknown { .. }
        | Refusal::HeaderValue { .. }
        | Refusal::CopySourceOn(_)
        | Refusal::CopySourceSyntax
        | Refusal::CopySourceBucket
        | Refusal::CopySourceQuery
        | Refusal::ActiveContent(..) => bad("InvalidArgument"),
        Refusal::Host(_)
        | Refusal::HostHeader
        | Refusal::HeaderLimit
        | Refusal::PayloadHash
        | Refusal::BodyMustBeHashed(_)
        | Refusal::BodyNotAllowed(_)
        | Refusal::StreamOn(_)
        | Refusal::StreamTrailer
        | Refusal::ResponseUnsigned(_)
        | Refusal::PresignOperation(_) => bad("InvalidRequest"),
        Refusal::PayloadHashMismatch | Refusal::BodyMismatch => bad("XAmzContentSHA256Mismatch"),
        Refusal::Expires(_) => bad("AuthorizationQueryParametersError"),
        Refusal::PartsBody | Refusal::DeleteBody | Refusal::RestoreBody => bad("MalformedXML"),
    }
}

impl From<ProofError> for S3Error {
    fn from(error: ProofError) -> Self {
        let status = StatusCode::from_u16(error.status()).unwrap_or(StatusCode::BAD_REQUEST);
        let answer = Self::new(status, error.code(), error.to_string());
        let mut answer = answer.because(Reason::from(&error));
        for (name, value) in error.elements() {
            answer = answer.with(name, value);
        }
        match error.bucket_region() {
            Some(region) => answer.hinting(region),
            None => answer,
        }
    }
}

impl From<AccessKeyError> for S3Error {
    fn from(error: AccessKeyError) -> Self {
        match error {
            AccessKeyError::Proof(proof) => proof.into(),
            AccessKeyError::Key(flaw) => Self::new(
                StatusCode::FORBIDDEN,
                "InvalidAccessKeyId",
                "The AWS Access Key Id you provided does not exist in our records.",
            )
            .refusing(401, flaw.code()),
            AccessKeyError::Session(flaw) if flaw.is_invalid() => {
                Self::from(ProofError::InvalidToken).refusing(401, flaw.code())
            }
            // SDKs open a new session when they read this, whatever ended theirs.
            AccessKeyError::Session(flaw) => {
                Self::from(ProofError::SessionExpired).refusing(401, flaw.code())
            }
            AccessKeyError::Address => {
                Self::denied(error.to_string()).because(Reason::denied("access_key_address"))
            }
            AccessKeyError::Limited(_) => Self::rate_limited(),
            AccessKeyError::Service(error) => error.into(),
        }
    }
}

impl From<AuthnError> for S3Error {
    fn from(error: AuthnError) -> Self {
        match error {
            // S3 has no word for a token. Clients read the code, to know when to get another one.
            AuthnError::Refused(refusal) => {
                Self::denied(refusal.to_string()).refusing(401, refusal.code())
            }
            AuthnError::Limited(_) => Self::rate_limited(),
            AuthnError::Service(error) => error.into(),
        }
    }
}

impl From<UpstreamError> for S3Error {
    fn from(error: UpstreamError) -> Self {
        match error {
            UpstreamError::Busy(_) | UpstreamError::TooSlow(_) => Self::slow_down(),
            UpstreamError::Redirected { .. } => {
                log::error!("{error}");
                let message = "The storage sends its clients elsewhere: its operator must look.";
                Self::new(StatusCode::BAD_GATEWAY, "InternalError", message)
            }
            UpstreamError::Invalid(what) => {
                log::error!("a request to a storage cannot be sent: {what}");
                Self::internal()
            }
            UpstreamError::Unreachable { .. }
            | UpstreamError::Lost { .. }
            | UpstreamError::Late(_)
            | UpstreamError::Body(_) => {
                log::warn!("{error}");
                Self::unavailable("The storage does not answer. Please try again.")
            }
        }
    }
}

impl From<Denied> for S3Error {
    fn from(denied: Denied) -> Self {
        let (message, code) = (denied.to_string(), denied.code());
        if let Denied::Ambiguous(refusal) = &denied {
            let (status, s3) = self::code(refusal);
            return Self::new(status, s3, message).refusing(400, code);
        }
        let status = if matches!(denied, Denied::Unsettled(_)) { 503 } else { 403 };
        let answer = match denied {
            Denied::ForeignBucket(_) => Self::no_such_bucket(),
            Denied::Unsettled(_) => Self::new(StatusCode::CONFLICT, "OperationAborted", message),
            Denied::BucketTwin(_) => {
                Self::new(StatusCode::CONFLICT, "BucketAlreadyExists", message)
            }
            Denied::SubresourceUnsupported(_) => {
                Self::new(StatusCode::NOT_IMPLEMENTED, "NotImplemented", message)
            }
            _ => Self::denied(message),
        };
        answer.refusing(status, code)
    }
}

impl From<SigningError> for S3Error {
    fn from(error: SigningError) -> Self {
        match error {
            SigningError::Refused(refusal) => refusal.into(),
            SigningError::Denied(denied) => denied.into(),
            // The gateway hands over bytes, never base64.
            SigningError::Body => Self::internal(),
        }
    }
}

impl From<PipelineError> for S3Error {
    fn from(error: PipelineError) -> Self {
        match error {
            PipelineError::NoProject => Self::denied("the credentials name no project"),
            PipelineError::Service(error) => error.into(),
        }
    }
}

impl From<ServiceError> for S3Error {
    fn from(error: ServiceError) -> Self {
        match error {
            ServiceError::Conflict(conflict) => conflict.into(),
            ServiceError::Forbidden(detail) => Self::denied(detail).refusing(403, "no_permission"),
            ServiceError::Item { error, .. } => (*error).into(),
            ServiceError::DiskFull => {
                Self::unavailable("The audit trail has no room for another record.")
            }
            ServiceError::Database(DatabaseError::Corrupt(what)) => {
                log::error!("stored data could not be read: {what}");
                Self::internal()
            }
            ServiceError::Database(_) => Self::unavailable("Please try again later."),
            ServiceError::NotFound(_)
            | ServiceError::Precondition(_)
            | ServiceError::KeyReused
            | ServiceError::NotAccountAdmin
            | ServiceError::SignedOut(_)
            | ServiceError::NoSelfService => {
                log::error!("the gateway was answered what it cannot have asked: {error}");
                Self::internal()
            }
        }
    }
}

impl From<Conflict> for S3Error {
    fn from(conflict: Conflict) -> Self {
        let (message, reason) = (conflict.to_string(), Reason::denied(conflict.code()));
        let answer = match conflict {
            Conflict::BucketTaken(_)
            | Conflict::BucketNotShown { .. }
            | Conflict::BucketReserved(_)
            | Conflict::AlreadyExists => {
                Self::new(StatusCode::CONFLICT, "BucketAlreadyExists", message)
            }
            _ => Self::new(StatusCode::CONFLICT, "OperationAborted", message),
        };
        answer.because(reason)
    }
}
