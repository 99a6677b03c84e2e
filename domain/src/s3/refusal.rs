//! Why Cargo does not parse a request as an S3 request that it would ever sign.

use super::Operation;
use crate::key_rules::KeyFlaw;

/// Why a request is refused, for any caller. [`Refusal::code`] is stable; the sentence is for
/// developers, and may change.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[expect(missing_docs, reason = "each variant's sentence is its documentation")]
pub enum Refusal {
    #[error("the method must be GET, HEAD, PUT, POST or DELETE, in capitals")]
    Method,
    #[error("the URL is longer than 8192 bytes")]
    UrlLength,
    #[error("the URL holds a byte that must be percent-encoded (position {0})")]
    UrlBytes(usize),
    #[error("the URL must read http(s)://host[:port]/path?query, without user or fragment")]
    UrlShape,
    #[error("the scheme is not that of the store's endpoint: send requests to {0}")]
    Scheme(String),
    #[error("the host is not an endpoint of this project's store: send requests to {0}")]
    Host(String),
    #[error("the `host` header differs from the URL's host")]
    HostHeader,
    #[error("the bucket must be written literally, in S3's naming rules, right after the host")]
    Bucket,
    #[error(
        "the label before the endpoint's host is not a valid bucket name: address a bucket with \
         upper case or `_` in its name by path"
    )]
    BucketHost,
    #[error("not a valid name for a new bucket: {}", crate::names::NEW_BUCKET_RULE)]
    NewBucket,
    #[error("`;` in the path must be percent-encoded: some storages read it as a parameter")]
    SemicolonInPath,
    #[error("`+` in the path must be percent-encoded: some storages read it as a space")]
    PlusInPath,
    #[error("{0}: a percent-escape is not `%` and two hex digits")]
    Escape(&'static str),
    #[error("{0}: the bytes are not UTF-8 after decoding")]
    NotUtf8(&'static str),
    #[error("{0}: control characters are not signed")]
    ControlChar(&'static str),
    #[error("{0}: the key is empty")]
    KeyEmpty(&'static str),
    #[error("{0}: it is longer than 1024 bytes")]
    KeyLength(&'static str),
    #[error("{0}: a `.` or `..` segment, which some storages resolve across buckets")]
    DotSegment(&'static str),
    #[error("the key consists of slashes only, which some storages read as no key at all")]
    SlashOnlyKey,
    #[error("{0}: still an encoded dot, slash, backslash or NUL after decoding")]
    DoubleEncoded(&'static str),
    #[error("query names must be plain: a letter, then letters, digits and `-`; no empty pairs")]
    QueryName,
    #[error("the query has more than 64 keys")]
    QueryLimit,
    #[error("the query key `{0}` is repeated")]
    QueryDuplicate(String),
    #[error("the query key `{0}` belongs to the signature, which only Cargo makes")]
    QueryAuth(String),
    #[error("the value of query key `{0}` holds a raw `+` or `;`, or in an id a raw `/` or `=`")]
    QueryValue(String),
    #[error("the value of query key `{name}` must be {rule}")]
    QueryRule { name: &'static str, rule: &'static str },
    #[error("the query key `{0}` is not known here")]
    QueryUnknown(String),
    #[error("the query key `{0}` takes no value")]
    SubresourceValue(String),
    #[error("two sub-resources in one request: `{0}` and `{1}`")]
    AmbiguousSubresource(String, String),
    #[error("an upload part needs both `uploadId` and a `partNumber` from 1 to 99999")]
    PartNumber,
    #[error("`x-id` names {named}, but the request is {resolved}")]
    XIdMismatch { named: String, resolved: Operation },
    #[error("header names must be HTTP tokens (RFC 9110) without `_`")]
    HeaderName,
    #[error("more than 128 headers, or more than 32 KiB of them")]
    HeaderLimit,
    #[error("the header `{0}` is repeated")]
    HeaderDuplicate(String),
    #[error("the header `{0}` holds control characters, or bytes beyond ASCII")]
    HeaderControl(String),
    #[error("the header `{0}` is never signed")]
    HeaderDenied(String),
    #[error("the header `{name}` does not belong to {operation}")]
    HeaderUnknown { name: String, operation: Operation },
    #[error("`{name}: {value}` is not signed; allowed are {allowed}")]
    HeaderValue { name: &'static str, value: String, allowed: &'static str },
    #[error(
        "the payload must be declared: 64 lower-case hex digits of SHA-256, UNSIGNED-PAYLOAD or \
         STREAMING-UNSIGNED-PAYLOAD-TRAILER"
    )]
    PayloadHash,
    #[error("`x-amz-content-sha256` differs from the declared payload")]
    PayloadHashMismatch,
    #[error("the body does not have the declared SHA-256")]
    BodyMismatch,
    #[error("no S3 operation has this method, level (account, bucket or object) and sub-resource")]
    UnknownOperation,
    #[error("`x-amz-copy-source` belongs to CopyObject and UploadPartCopy, not to {0}")]
    CopySourceOn(Operation),
    #[error("the copy source must be `bucket/key`, percent-encoded")]
    CopySourceSyntax,
    #[error("the copy source's bucket is not written in S3's naming rules")]
    CopySourceBucket,
    #[error("the copy source's only parameter is `?versionId=` with an id, percent-encoded")]
    CopySourceQuery,
    #[error("{0} must be signed with the SHA-256 of its body, not unsigned or empty")]
    BodyMustBeHashed(Operation),
    #[error("{0} carries no body")]
    BodyNotAllowed(Operation),
    #[error("streaming payloads are for PutObject and UploadPart, not for {0}")]
    StreamOn(Operation),
    #[error(
        "a streamed payload needs `content-encoding: aws-chunked`, an integer \
         `x-amz-decoded-content-length` and an `x-amz-trailer` that names a checksum; \
         any other payload must have none of them"
    )]
    StreamTrailer,
    #[error("form posts are not signed: they carry a policy, or dispatch to other services")]
    FormPost,
    #[error(
        "{0} cannot be presigned: GetObject, HeadObject, PutObject and UploadPart can. Have it signed \
         in headers, by `POST /v1/sign`"
    )]
    PresignOperation(Operation),
    #[error("a presigned URL of this project may last 1 to {0} seconds")]
    Expires(i64),
    #[error(
        "`response-content-type: {0}` is not presigned, because a browser may run it. Allowed are \
         types that no browser runs (images but SVG, audio, video, fonts, archives, office \
         documents, text/plain, text/csv, application/json, application/pdf, \
         application/octet-stream, …). The application has others presigned when the project's \
         root_extra names {1}"
    )]
    ActiveContent(String, Operation),
    #[error("`{0}` sets a header of the response: without a signature, nobody may")]
    ResponseUnsigned(String),
    #[error(
        "the body of CompleteMultipartUpload must be plain XML: Parts with PartNumber and ETag"
    )]
    PartsBody,
    #[error("the body of DeleteObjects must be plain XML: a Delete with 1 to 1000 Objects")]
    DeleteBody,
    #[error(
        "the body of RestoreObject must be plain XML: a RestoreRequest with Days, Tier, \
         GlacierJobParameters and Description at most once"
    )]
    RestoreBody,
}

impl Refusal {
    /// The stable name of the reason, for programs.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Method => "method",
            Self::UrlLength => "url_length",
            Self::UrlBytes(_) => "url_bytes",
            Self::UrlShape | Self::Scheme(_) => "scheme_or_userinfo",
            Self::Host(_) => "host",
            Self::HostHeader => "host_header",
            Self::Bucket | Self::BucketHost | Self::NewBucket => "bucket",
            Self::SemicolonInPath => "semicolon_in_path",
            Self::PlusInPath => "plus_in_path",
            Self::Escape(_) => "bad_escape",
            Self::NotUtf8(_) => "not_utf8",
            Self::ControlChar(_) => "control_char",
            Self::KeyEmpty(_) | Self::KeyLength(_) => "key_length",
            Self::DotSegment(_) => "dot_segment",
            Self::SlashOnlyKey => "slash_only_key",
            Self::DoubleEncoded(_) => "double_encoded",
            Self::QueryName => "query_name",
            Self::QueryLimit => "query_limit",
            Self::QueryDuplicate(_) => "query_duplicate",
            Self::QueryAuth(_) => "query_auth_or_header",
            Self::QueryValue(_) => "query_value_syntax",
            Self::QueryRule { .. } => "query_value",
            Self::QueryUnknown(_) => "query_unknown",
            Self::SubresourceValue(_) => "subresource_value",
            Self::AmbiguousSubresource(..) => "ambiguous_subresource",
            Self::PartNumber => "part_number",
            Self::XIdMismatch { .. } => "x_id_mismatch",
            Self::HeaderName => "header_name",
            Self::HeaderLimit => "header_limit",
            Self::HeaderDuplicate(_) => "header_duplicate",
            Self::HeaderControl(_) => "header_control",
            Self::HeaderDenied(_) => "header_denied",
            Self::HeaderUnknown { .. } => "header_unknown",
            Self::HeaderValue { .. } => "header_value",
            Self::PayloadHash => "payload_hash",
            Self::PayloadHashMismatch => "payload_hash_mismatch",
            Self::BodyMismatch => "body_mismatch",
            Self::UnknownOperation => "unknown_operation",
            Self::CopySourceOn(_) => "copy_source_on",
            Self::CopySourceSyntax => "copy_source_syntax",
            Self::CopySourceBucket => "copy_source_bucket",
            Self::CopySourceQuery => "copy_source_query",
            Self::BodyMustBeHashed(_) => "body_must_be_hashed",
            Self::BodyNotAllowed(_) => "body_not_allowed",
            Self::StreamOn(_) => "stream_on",
            Self::StreamTrailer => "stream_trailer",
            Self::FormPost => "form_post",
            Self::PresignOperation(_) => "presign_op",
            Self::Expires(_) => "expires",
            Self::ActiveContent(..) => "active_content",
            Self::ResponseUnsigned(_) => "response_unsigned",
            Self::PartsBody => "parts_body",
            Self::DeleteBody => "delete_body",
            Self::RestoreBody => "restore_body",
        }
    }

    /// The refusal for a flaw of a key, or of a part of one; `place` names where in the request it
    /// is.
    pub(super) const fn key(flaw: KeyFlaw, place: &'static str) -> Self {
        match flaw {
            KeyFlaw::Empty => Self::KeyEmpty(place),
            KeyFlaw::Length => Self::KeyLength(place),
            KeyFlaw::ControlChar => Self::ControlChar(place),
            KeyFlaw::DotSegment => Self::DotSegment(place),
            KeyFlaw::SlashOnly => Self::SlashOnlyKey,
            KeyFlaw::DoubleEncoded => Self::DoubleEncoded(place),
        }
    }
}
