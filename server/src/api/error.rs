//! Errors of the API as HTTP responses: one mapping to status codes, one format (RFC 9457).

use std::fmt;

use actix_web::http::header;
use actix_web::{HttpResponse, HttpResponseBuilder, ResponseError, http::StatusCode};
use sail_cargo_protocol::{FieldError, Permission, Problem};

use super::{current, hosts};
use crate::authn::AuthnError;
use crate::domain::{BucketName, Denied, Resource};
use crate::limits::Over;
use crate::service::ServiceError;

/// The documentation for the operator of the auth service.
const TOKENS: &str = "docs/tokens.md";

/// What a user who signed in too long ago is told to do (RFC 9470 §3).
const REAUTHENTICATE: &str =
    "Bearer realm=\"sail-cargo\", error=\"insufficient_user_authentication\", max_age=\"900\"";

/// The code of a response that could not be computed in time.
pub(super) const UNAVAILABLE: &str = "unavailable";

/// An error of the API. `Display` is the text for the caller. Causes are logged and never sent.
#[derive(Debug)]
pub enum ApiError {
    /// The request is malformed. `errors` names the fields.
    Invalid {
        /// The stable code, for programs.
        code: &'static str,
        /// A sentence for the caller.
        detail: String,
        /// The invalid fields.
        errors: Vec<FieldError>,
    },
    /// The body is longer than this limit, in bytes.
    TooLarge(usize),
    /// The body took too long.
    Slow,
    /// The caller reached a rate limit.
    Limited(Over),
    /// The content type must be this one.
    MediaType(&'static str),
    /// No route has this path.
    NoRoute,
    /// The path does not support the method. It supports these methods.
    Method(&'static str),
    /// The resource does not exist, or the caller may not see it.
    NotFound(Resource),
    /// Authentication failed.
    Unauthenticated(AuthnError),
    /// The caller signed in too long ago for this, or it is not known when.
    Reauthenticate,
    /// The caller may not do this.
    Forbidden {
        /// The stable code, for programs.
        code: &'static str,
        /// A sentence for the caller.
        detail: String,
        /// The missing permission.
        required: Option<Permission>,
    },
    /// The current state does not allow the change.
    Conflict {
        /// The stable code, for programs.
        code: &'static str,
        /// A sentence for the caller.
        detail: String,
    },
    /// The resource is not in the state that the caller expects.
    Precondition(String),
    /// The requested part of the history was removed.
    Gone(&'static str),
    /// The `Idempotency-Key` was used for another request.
    KeyReused,
    /// One item of a request cannot be done, so nothing was done.
    Item {
        /// The item, as a JSON pointer.
        pointer: String,
        /// The item's error.
        error: Box<ApiError>,
    },
    /// A storage failed, or refused a request.
    BadStorage {
        /// The stable code, for programs.
        code: &'static str,
        /// A sentence for the caller.
        detail: String,
    },
    /// Whether this bucket exists in the storage is unknown at the moment.
    Unsettled(BucketName),
    /// The `Host` is not a name of this machine; `dev` accepts no other.
    Misdirected,
    /// The caller uses as much of a resource as allowed.
    TooMany {
        /// The stable code, for programs.
        code: &'static str,
        /// A sentence for the caller.
        detail: String,
    },
    /// After failed attempts, the next one is looked at after so many seconds.
    Delayed {
        /// A sentence for the caller.
        detail: String,
        /// How long.
        seconds: u64,
    },
    /// A temporary failure: the caller should try again later.
    Unavailable {
        /// The stable code, for programs.
        code: &'static str,
        /// A sentence for the caller.
        detail: &'static str,
    },
    /// A defect of this server.
    Internal,
}

impl ApiError {
    /// An error of one field.
    pub fn field(pointer: impl Into<String>, detail: impl fmt::Display) -> Self {
        let detail = detail.to_string();
        let pointer = pointer.into();
        let field = if pointer.is_empty() { "body" } else { &pointer };
        Self::Invalid {
            code: "invalid_request",
            detail: format!("{field}: {detail}"),
            errors: vec![FieldError { pointer, detail }],
        }
    }

    /// The error of a part of the body: prefixes the pointers with `parent`.
    #[must_use]
    pub(super) fn under(self, parent: &str) -> Self {
        let Self::Invalid { code, errors, .. } = self else { return self };
        let errors: Vec<_> = errors
            .into_iter()
            .map(|error| FieldError { pointer: format!("{parent}{}", error.pointer), ..error })
            .collect();
        let detail = errors.first().map(|error| format!("{}: {}", error.pointer, error.detail));
        Self::Invalid { code, detail: detail.unwrap_or_default(), errors }
    }

    /// The error of a field in the body that elsewhere is a parameter: turns its name into a
    /// pointer.
    #[must_use]
    pub(super) fn in_body(self) -> Self {
        self.under("/")
    }

    /// The error of one of several items. `pointer` returns an item's place in the body.
    pub(super) fn of_item(error: ServiceError, pointer: impl Fn(usize) -> String) -> Self {
        match error {
            ServiceError::Item { index, error } => {
                Self::Item { pointer: pointer(index), error: Box::new((*error).into()) }
            }
            other => other.into(),
        }
    }

    /// The status, code and title. This is the only place in the server that chooses a status code.
    fn status(&self) -> (StatusCode, &'static str, &'static str) {
        match self {
            Self::Invalid { code, .. } => (StatusCode::BAD_REQUEST, code, "Invalid request"),
            Self::TooLarge(_) => {
                (StatusCode::PAYLOAD_TOO_LARGE, "body_too_large", "Body too large")
            }
            Self::Limited(_) => {
                (StatusCode::TOO_MANY_REQUESTS, "rate_limited", "Too many requests")
            }
            Self::Slow => (StatusCode::REQUEST_TIMEOUT, "request_timeout", "Request timeout"),
            Self::MediaType(_) => (
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "unsupported_media_type",
                "Unsupported media type",
            ),
            Self::NoRoute => (StatusCode::NOT_FOUND, "no_such_route", "Not found"),
            Self::Method(_) => {
                (StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed", "Method not allowed")
            }
            Self::NotFound(_) => (StatusCode::NOT_FOUND, "not_found", "Not found"),
            Self::Unauthenticated(error) => {
                (StatusCode::UNAUTHORIZED, error.code(), "Not authenticated")
            }
            Self::Reauthenticate => {
                (StatusCode::UNAUTHORIZED, "reauthenticate", "Not authenticated lately")
            }
            Self::Forbidden { code, .. } => (StatusCode::FORBIDDEN, code, "Forbidden"),
            Self::Conflict { code, .. } => (StatusCode::CONFLICT, code, "Conflict"),
            Self::Precondition(_) => {
                (StatusCode::PRECONDITION_FAILED, "precondition_failed", "Precondition failed")
            }
            Self::Gone(_) => (StatusCode::GONE, "history_gone", "Gone"),
            Self::KeyReused => (
                StatusCode::UNPROCESSABLE_ENTITY,
                "idempotency_key_reused",
                "Idempotency-Key reused",
            ),
            Self::Item { error, .. } => error.status(),
            Self::BadStorage { code, .. } => (StatusCode::BAD_GATEWAY, code, "Storage failed"),
            Self::TooMany { code, .. } => {
                (StatusCode::TOO_MANY_REQUESTS, code, "Too many requests")
            }
            Self::Delayed { .. } => {
                (StatusCode::TOO_MANY_REQUESTS, "login_delayed", "Too many requests")
            }
            Self::Unavailable { code, .. } => {
                (StatusCode::SERVICE_UNAVAILABLE, code, "Temporarily unavailable")
            }
            Self::Unsettled(_) => {
                (StatusCode::SERVICE_UNAVAILABLE, "bucket_unsettled", "Temporarily unavailable")
            }
            Self::Misdirected => {
                (StatusCode::MISDIRECTED_REQUEST, "misdirected", "Misdirected request")
            }
            Self::Internal => (StatusCode::INTERNAL_SERVER_ERROR, "internal", "Internal error"),
        }
    }

    /// The error in the format of RFC 9457.
    pub fn problem(&self) -> Problem {
        let (status, code, title) = self.status();
        let errors = match self {
            Self::Invalid { errors, .. } => errors.clone(),
            Self::Item { pointer, error } => {
                vec![FieldError { pointer: pointer.clone(), detail: error.to_string() }]
            }
            _ => Vec::new(),
        };
        let required = match self {
            Self::Forbidden { required, .. } => *required,
            _ => None,
        };
        Problem {
            kind: format!("/problems/{code}"),
            title: title.to_owned(),
            status: status.as_u16(),
            detail: self.to_string(),
            code: code.to_owned(),
            request_id: current::id(),
            errors,
            required,
        }
    }
}

impl fmt::Display for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Invalid { detail, .. }
            | Self::Forbidden { detail, .. }
            | Self::Conflict { detail, .. }
            | Self::BadStorage { detail, .. }
            | Self::TooMany { detail, .. }
            | Self::Delayed { detail, .. }
            | Self::Precondition(detail) => f.write_str(detail),
            Self::Unavailable { detail, .. } | Self::Gone(detail) => f.write_str(detail),
            Self::TooLarge(limit) => write!(f, "the body is longer than {limit} bytes"),
            Self::Limited(over) => over.fmt(f),
            Self::Slow => f.write_str("the body took too long: send it faster, or less of it"),
            Self::MediaType(kind) => write!(f, "the body must be {kind}"),
            Self::KeyReused => {
                f.write_str("this Idempotency-Key was sent with another request before")
            }
            Self::Item { pointer, error } => write!(f, "{pointer}: {error}"),
            Self::NoRoute => f.write_str("there is nothing at this path"),
            Self::Method(allowed) => write!(f, "this path takes {allowed}"),
            Self::NotFound(what) => write!(f, "{what} not found"),
            Self::Unauthenticated(error) if error.is_of_the_token() => {
                write!(f, "{error} ({TOKENS} says what a token must contain)")
            }
            Self::Unauthenticated(error) => error.fmt(f),
            Self::Reauthenticate => f.write_str(
                "this takes a token of a sign-in of the last 15 minutes, by its claim `auth_time`: sign \
                 in again, or have the application do it",
            ),
            Self::Unsettled(bucket) => Denied::Unsettled(bucket.clone()).fmt(f),
            Self::Misdirected => f.write_str(hosts::ADVICE),
            Self::Internal => {
                f.write_str("internal error: the server's log says more under the request id")
            }
        }
    }
}

impl ResponseError for ApiError {
    fn status_code(&self) -> StatusCode {
        self.status().0
    }

    fn error_response(&self) -> HttpResponse {
        let problem = self.problem();
        let mut answer = HttpResponse::build(self.status_code());
        match self {
            Self::Unauthenticated(error) => {
                current::refused(error.reason());
                answer.insert_header((header::WWW_AUTHENTICATE, "Bearer realm=\"sail-cargo\""));
            }
            Self::Reauthenticate => {
                answer.insert_header((header::WWW_AUTHENTICATE, REAUTHENTICATE));
            }
            Self::TooMany { .. } | Self::Unavailable { .. } | Self::Unsettled(_) => {
                answer.insert_header((header::RETRY_AFTER, "1"));
            }
            Self::Limited(over) => insert_limit(&mut answer, over),
            Self::Delayed { seconds, .. } => {
                answer.insert_header((header::RETRY_AFTER, seconds.to_string()));
            }
            // Close the connection instead of waiting for the rest of the body.
            Self::Slow => {
                answer.force_close();
            }
            Self::Method(allowed) => {
                answer.insert_header((header::ALLOW, *allowed));
            }
            _ => {}
        }
        match serde_json::to_string(&problem) {
            Ok(body) => answer.content_type("application/problem+json").body(body),
            Err(_) => answer.finish(),
        }
    }
}

/// Adds the headers for a reached limit: which one, and when to try again
/// (draft-ietf-httpapi-ratelimit-headers).
fn insert_limit(answer: &mut HttpResponseBuilder, over: &Over) {
    let (name, seconds) = (over.limit.name(), over.seconds());
    let policy = format!("\"{name}\";q={};w={}", over.quota, over.window.as_secs());
    answer.insert_header(("retry-after", seconds.to_string()));
    answer.insert_header(("ratelimit-policy", policy));
    answer.insert_header(("ratelimit", format!("\"{name}\";r=0;t={seconds}")));
}
