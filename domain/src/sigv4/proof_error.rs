//! Why a request proves nothing, in S3's words: one variant a row of the table.

use chrono::{DateTime, SecondsFormat, Utc};

use crate::limits;
use crate::s3::checksum::BodyError;

/// A proof that is not taken. The sentence is S3's `<Message>`, [`ProofError::code`] its `<Code>`.
///
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html>
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ProofError {
    /// Two proofs at once, or one of them twice.
    #[error(
        "Only one auth mechanism allowed; only one of the X-Amz-Algorithm query parameter, the \
         Authorization header and the X-Api-Key header should be specified"
    )]
    TwoProofs,
    /// An `Authorization` of a scheme that is not known.
    #[error("Unsupported Authorization Type")]
    UnknownScheme,
    /// Signature Version 2 or 4A.
    #[error(
        "The authorization mechanism you have provided is not supported. Please use \
         AWS4-HMAC-SHA256."
    )]
    UnsupportedSignature,
    /// A form or a stream that nobody here reads.
    #[error("{0} provided implies functionality that is not implemented")]
    NotImplemented(&'static str),
    /// The target is no path, too long, or has a broken escape.
    #[error("Couldn't parse the specified URI.")]
    InvalidUri,
    /// Headers that must be signed and are not.
    #[error("There were headers present in the request which were not signed")]
    HeadersNotSigned(Vec<String>),
    /// A header is said to be signed and was not sent.
    #[error(
        "The request signature we calculated does not match the signature you provided: the \
         signed header {0} was not sent."
    )]
    SignedHeaderAbsent(String),
    /// No readable date in the headers.
    #[error("AWS authentication requires a valid Date or x-amz-date header")]
    NoDate,
    /// The payload is not declared.
    #[error("Missing required header for this request: x-amz-content-sha256")]
    PayloadMissing,
    /// The payload is declared as something that is not known.
    #[error(
        "x-amz-content-sha256 must be UNSIGNED-PAYLOAD, \
         STREAMING-UNSIGNED-PAYLOAD-TRAILER, STREAMING-AWS4-HMAC-SHA256-PAYLOAD, \
         STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER or a valid sha256 value."
    )]
    PayloadUnknown,
    /// The proof cannot be read, or is for another place, service or day.
    #[error("{}; {flaw}", place.sentence())]
    Malformed {
        /// Where it stands.
        place: Place,
        /// What is wrong with it.
        flaw: ProofFlaw,
    },
    /// A header that was moved into the query, and must not be there or is there twice.
    #[error("the query parameter {name} is not accepted: {why}")]
    Hoisted {
        /// Its lower-case name.
        name: String,
        /// Why it is not.
        why: &'static str,
    },
    /// A URL that begins later.
    #[error("Request is not valid yet")]
    NotYetValid {
        /// When it begins.
        begins: DateTime<Utc>,
        /// What time it is here.
        now: DateTime<Utc>,
    },
    /// A URL that ended.
    #[error("Request has expired")]
    Ended {
        /// How long it lived, in seconds.
        lifetime: u32,
        /// When it ended.
        ended: DateTime<Utc>,
        /// What time it is here.
        now: DateTime<Utc>,
    },
    /// The clocks differ by more than 15 minutes.
    #[error("The difference between the request time and the current time is too large.")]
    Skewed {
        /// The time of the request.
        sent: DateTime<Utc>,
        /// What time it is here.
        now: DateTime<Utc>,
    },
    /// The session ended.
    #[error("The provided token has expired.")]
    SessionExpired,
    /// The session token cannot be read, is another key's, or the key needs none.
    #[error("The provided token is malformed or otherwise invalid.")]
    InvalidToken,
    /// No key has this id any more, or a session came without its token.
    #[error("The AWS Access Key Id you provided does not exist in our records.")]
    UnknownKey(String),
    /// The signature is another one.
    #[error(
        "The request signature we calculated does not match the signature you provided. Check \
         your key and signing method."
    )]
    SignatureMismatch(Box<Echo>),
    /// A stream in a request that no signature binds.
    #[error("a streaming payload needs a request that is signed with AWS4-HMAC-SHA256")]
    StreamUnproven,
    /// A stream to an operation that takes none.
    #[error("x-amz-content-sha256 may be a streaming value on PutObject and UploadPart only")]
    StreamElsewhere,
    /// A header that goes on is not text, or says nothing that can be read.
    #[error("the value of the header {0} cannot be read")]
    HeaderValue(String),
    /// A stream without its decoded length.
    #[error("You must provide the x-amz-decoded-content-length HTTP header.")]
    DecodedLengthMissing,
    /// What is said of a trailer does not fit the stream.
    #[error("the x-amz-trailer header is not accepted: {0}")]
    TrailerDeclared(&'static str),
    /// The body is no stream of chunks, or is cut, or goes on.
    #[error("The request body terminated unexpectedly or is not aws-chunked: {0}")]
    Framing(&'static str),
    /// A chunk is not what was signed.
    #[error(
        "The chunk signature we calculated does not match the signature you provided. Check your \
         key and signing method."
    )]
    ChunkSignature,
    /// A trailer is not what was signed.
    #[error(
        "The trailer signature we calculated does not match the signature you provided. Check \
         your key and signing method."
    )]
    TrailerSignature,
    /// The trailer is not the one that was declared.
    #[error("The request contained trailing data that was not well-formed: {0}")]
    Trailer(&'static str),
    /// The content is not what was declared.
    #[error(transparent)]
    Body(#[from] BodyError),
}

/// Where a proof stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// In the `Authorization` header.
    Header,
    /// In the query of a presigned URL.
    Query,
}

impl Place {
    fn sentence(self) -> &'static str {
        match self {
            Self::Header => "The authorization header is malformed",
            Self::Query => "Error parsing the query-string authentication parameters",
        }
    }
}

/// What is wrong with a proof that stands where it should.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ProofFlaw {
    /// A field or parameter is not there.
    #[error("{0} is missing")]
    Missing(&'static str),
    /// A field or parameter is there twice, or in a case that S3 does not write.
    #[error("{0} must stand there once, written so")]
    Repeated(&'static str),
    /// A field or parameter cannot be read.
    #[error("{0} is not well-formed")]
    Shape(&'static str),
    /// The algorithm of the query is another one.
    #[error("X-Amz-Algorithm only supports \"AWS4-HMAC-SHA256\"")]
    Algorithm,
    /// The credential has not five parts.
    #[error(
        "the Credential is mal-formed; expecting \"<YOUR-AKID>/YYYYMMDD/REGION/SERVICE/aws4_request\"."
    )]
    Credential,
    /// The day of the scope is not that of the date.
    #[error("the date in the credential scope does not match the date of the request")]
    Day,
    /// The scope is for another service.
    #[error("incorrect service. This endpoint belongs to \"s3\".")]
    Service,
    /// The scope does not end as it must.
    #[error("incorrect terminal. This endpoint uses \"aws4_request\".")]
    Terminal,
    /// The scope is for another region.
    #[error("the region '{sent}' is wrong; expecting '{expected}'")]
    Region {
        /// The region of the scope.
        sent: String,
        /// The region of the gateway.
        expected: String,
    },
    /// The lifetime is no number.
    #[error("X-Amz-Expires should be a number")]
    ExpiresNumber,
    /// The lifetime is negative.
    #[error("X-Amz-Expires must be non-negative")]
    ExpiresNegative,
    /// The lifetime is longer than a week.
    #[error(
        "X-Amz-Expires must be less than a week (in seconds); that is, the given X-Amz-Expires must be less than 604800 seconds"
    )]
    ExpiresTooLong,
}

/// What was hashed here where a signature does not match: it helps whoever writes a client. It may
/// hold a session token: for development only, and it does not print.
#[derive(Clone, PartialEq, Eq)]
pub struct Echo {
    /// The string to sign.
    pub string_to_sign: String,
    /// The canonical request.
    pub canonical_request: String,
}

impl std::fmt::Debug for Echo {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Echo(…)")
    }
}

impl ProofError {
    /// S3's error code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::TwoProofs
            | Self::UnknownScheme
            | Self::PayloadUnknown
            | Self::Hoisted { .. }
            | Self::HeaderValue(_) => "InvalidArgument",
            Self::UnsupportedSignature
            | Self::PayloadMissing
            | Self::StreamUnproven
            | Self::StreamElsewhere
            | Self::TrailerDeclared(_) => "InvalidRequest",
            Self::NotImplemented(_) => "NotImplemented",
            Self::InvalidUri => "InvalidURI",
            Self::HeadersNotSigned(_)
            | Self::NoDate
            | Self::NotYetValid { .. }
            | Self::Ended { .. } => "AccessDenied",
            Self::SignedHeaderAbsent(_)
            | Self::SignatureMismatch(_)
            | Self::ChunkSignature
            | Self::TrailerSignature => "SignatureDoesNotMatch",
            Self::Malformed { place: Place::Header, .. } => "AuthorizationHeaderMalformed",
            Self::Malformed { place: Place::Query, .. } => "AuthorizationQueryParametersError",
            Self::Skewed { .. } => "RequestTimeTooSkewed",
            Self::SessionExpired => "ExpiredToken",
            Self::InvalidToken => "InvalidToken",
            Self::UnknownKey(_) => "InvalidAccessKeyId",
            Self::DecodedLengthMissing => "MissingContentLength",
            Self::Framing(_) => "IncompleteBody",
            Self::Trailer(_) => "MalformedTrailerError",
            Self::Body(error) => error.code(),
        }
    }

    /// The HTTP status.
    pub fn status(&self) -> u16 {
        match self.code() {
            "AccessDenied"
            | "SignatureDoesNotMatch"
            | "RequestTimeTooSkewed"
            | "InvalidAccessKeyId" => 403,
            "MissingContentLength" => 411,
            "NotImplemented" => 501,
            _ => 400,
        }
    }

    /// What stands in the answer beside code and message: names of XML elements, and their texts.
    pub fn elements(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::HeadersNotSigned(names) => vec![("HeadersNotSigned", names.join(", "))],
            Self::Malformed { flaw: ProofFlaw::Region { expected, .. }, .. } => {
                vec![("Region", expected.clone())]
            }
            Self::NotYetValid { begins, now } => {
                vec![("X-Amz-Date", iso(*begins)), ("ServerTime", iso(*now))]
            }
            Self::Ended { lifetime, ended, now } => vec![
                ("X-Amz-Expires", lifetime.to_string()),
                ("Expires", iso(*ended)),
                ("ServerTime", iso(*now)),
            ],
            Self::Skewed { sent, now } => vec![
                ("RequestTime", super::stamp::write(*sent)),
                ("ServerTime", iso(*now)),
                (
                    "MaxAllowedSkewMilliseconds",
                    limits::SIGNATURE_LIFETIME.num_milliseconds().to_string(),
                ),
            ],
            Self::UnknownKey(id) => vec![("AWSAccessKeyId", id.clone())],
            Self::Body(error) => error.elements(),
            _ => Vec::new(),
        }
    }

    /// For a wrong region, the right one: the answer says it in `x-amz-bucket-region`.
    pub fn bucket_region(&self) -> Option<&str> {
        match self {
            Self::Malformed { flaw: ProofFlaw::Region { expected, .. }, .. } => Some(expected),
            _ => None,
        }
    }

    /// What was hashed here, for development only: the elements `StringToSign` and
    /// `CanonicalRequest`.
    pub fn echo(&self) -> Option<&Echo> {
        match self {
            Self::SignatureMismatch(echo) => Some(echo),
            _ => None,
        }
    }
}

/// `2013-05-24T00:00:00Z`, as S3's errors write times.
fn iso(time: DateTime<Utc>) -> String {
    time.to_rfc3339_opts(SecondsFormat::Secs, true)
}
