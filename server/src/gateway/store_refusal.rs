//! A storage that refuses the server's own signature. Cargo let the client in and judged the request, so that
//! none of it is the client's: what the storage says names the store's key, and a client that believes it
//! throws its own credentials away. The client gets 503, and the log says which setting is likely wrong.
//!
//! An answer to HEAD has no document. What tells then: the code in a header, as MinIO sends it; the date of
//! a storage whose clock differs by more than SigV4 allows; the region that AWS names for a signature of
//! another; and that the storage refused the server in these seconds. Without any of it a bare 400 or 403 is
//! the storage's answer about the object (a wrong customer key, a policy of the storage), and passes.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use http::header::DATE;
use http::{HeaderMap, StatusCode};
use tokio::time::Instant;

use crate::domain::ProjectId;

/// Headers in which storages repeat the code.
const CODE_HEADERS: [&str; 2] = ["x-minio-error-code", "x-amz-error-code"];
/// How far the clocks of a signature's two sides may differ.
const MAX_SKEW: TimeDelta = TimeDelta::minutes(15);
/// For how long a refusal tells what a bare one means.
const RECENT: Duration = Duration::from_secs(10);
/// How often a store's refusals are logged.
const LOG_EVERY: Duration = Duration::from_mins(1);
/// How many projects' refusals are kept.
const CAPACITY: usize = 1024;

/// Why the storage refuses the server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct StoreRefusal {
    /// The storage's code, or its status.
    pub(super) code: String,
    /// What of the store is likely wrong.
    pub(super) likely: &'static str,
}

/// An answer of a storage, as far as it tells whom it refuses.
#[derive(Debug, Clone, Copy)]
pub(super) struct Answered<'a> {
    pub(super) status: StatusCode,
    pub(super) headers: &'a HeaderMap,
    /// S3's code in its document.
    pub(super) code: Option<&'a str>,
    /// For an answer without a document: the region that the request was signed for.
    pub(super) head_of: Option<&'a str>,
}

impl Answered<'_> {
    /// Whether it refuses and does not tell why.
    pub(super) fn is_bare(&self) -> bool {
        let is_refusal = matches!(self.status, StatusCode::BAD_REQUEST | StatusCode::FORBIDDEN);
        is_refusal && self.head_of.is_some() && self.code_header().is_none()
    }

    fn code_header(&self) -> Option<&str> {
        CODE_HEADERS.iter().find_map(|name| self.headers.get(*name)?.to_str().ok())
    }
}

impl StoreRefusal {
    /// Why the storage refuses the server with this answer; `None` if it does not, or does not tell.
    pub(super) fn of(answered: Answered<'_>, now: DateTime<Utc>) -> Option<Self> {
        let Answered { status, headers, code, head_of } = answered;
        match status {
            // S3 has neither.
            StatusCode::UNAUTHORIZED | StatusCode::PROXY_AUTHENTICATION_REQUIRED => {
                let code = code.map_or_else(|| status.as_u16().to_string(), str::to_owned);
                let likely = likely_wrong(&code).unwrap_or(
                    "its access key, or a proxy before the storage that asks for credentials",
                );
                Some(Self { code, likely })
            }
            StatusCode::BAD_REQUEST | StatusCode::FORBIDDEN => match (code, head_of) {
                (Some(code), _) => Self::by_code(code),
                (None, Some(region)) => {
                    let named = answered.code_header();
                    let bare = || Self::by_headers(status, headers, region, now);
                    named.map_or_else(bare, Self::by_code)
                }
                (None, None) => None,
            },
            _ => None,
        }
    }

    fn by_code(code: &str) -> Option<Self> {
        likely_wrong(code).map(|likely| Self { code: code.to_owned(), likely })
    }

    fn by_headers(
        status: StatusCode,
        headers: &HeaderMap,
        region: &str,
        now: DateTime<Utc>,
    ) -> Option<Self> {
        let date = headers.get(DATE).and_then(|date| date.to_str().ok());
        let date = date.and_then(|date| DateTime::parse_from_rfc2822(date).ok());
        if date.is_some_and(|date| (now - date.to_utc()).abs() > MAX_SKEW) {
            return Self::by_code("RequestTimeTooSkewed");
        }
        // With a 403 it is the region of somebody else's bucket.
        let is_elsewhere = status == StatusCode::BAD_REQUEST
            && headers.get("x-amz-bucket-region").is_some_and(|named| named != region);
        Self::by_code("AuthorizationHeaderMalformed").filter(|_| is_elsewhere)
    }
}

/// What of a store is likely wrong when the storage says this; `None` for codes about the request.
///
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html#ErrorCodeList>
fn likely_wrong(code: &str) -> Option<&'static str> {
    Some(match code {
        "InvalidAccessKeyId"
        | "InvalidClientTokenId"
        | "InvalidSecurity"
        | "NotSignedUp"
        | "AccountProblem"
        | "Unauthorized"
        | "UnauthorizedAccess"
        | "CredentialsNotSupported" => {
            "its access key id: the storage has no such key, or it is not in use"
        }
        "SignatureDoesNotMatch"
        | "IncompleteSignature"
        | "MissingSecurityHeader"
        | "MissingAuthenticationToken" => {
            "its secret access key, or a proxy before the storage that changes requests"
        }
        "RequestTimeTooSkewed" | "RequestExpired" => {
            "no setting of it: the clock of this server or of the storage is wrong"
        }
        "AuthorizationHeaderMalformed" | "AuthorizationQueryParametersError" => "its region",
        "InvalidToken" | "ExpiredToken" | "TokenRefreshRequired" => {
            "its access key: a temporary one, where the storage wants one that lasts"
        }
        _ => return None,
    })
}

/// The region of a SigV4 header: `AWS4-HMAC-SHA256 Credential=AKIA…/20261128/us-east-1/s3/aws4_request, …`.
pub(super) fn signed_region(headers: &[(String, String)]) -> Option<String> {
    let (_, proof) = headers.iter().find(|(name, _)| name == "authorization")?;
    let scope = proof.split_once("Credential=")?.1.split(',').next()?;
    scope.rsplit('/').nth(2).map(str::to_owned)
}

/// The projects whose store refused the server a moment ago.
#[derive(Debug, Default)]
pub(super) struct StoreRefusals(Mutex<HashMap<ProjectId, Seen>>);

#[derive(Debug, Clone)]
struct Seen {
    refusal: StoreRefusal,
    at: Instant,
    logged_at: Instant,
}

impl StoreRefusals {
    /// Notes a refusal. Whether it is to be logged: once a minute for each project.
    pub(super) fn note(&self, project: &ProjectId, refusal: &StoreRefusal, now: Instant) -> bool {
        let mut seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if seen.len() >= CAPACITY && !seen.contains_key(project) {
            seen.clear();
        }
        let before = seen.get(project).map(|seen| seen.logged_at);
        let is_due = before.is_none_or(|before| now - before >= LOG_EVERY);
        let logged_at = before.filter(|_| !is_due).unwrap_or(now);
        seen.insert(project.clone(), Seen { refusal: refusal.clone(), at: now, logged_at });
        is_due
    }

    /// What a 400 or 403 means that tells nothing by itself: the refusal of these seconds.
    pub(super) fn recent(&self, project: &ProjectId, now: Instant) -> Option<StoreRefusal> {
        let seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let recent = seen.get(project).filter(|seen| now - seen.at < RECENT);
        recent.map(|seen| seen.refusal.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> DateTime<Utc> {
        DateTime::parse_from_rfc3339("2026-11-28T12:00:00Z").unwrap().to_utc()
    }

    fn headers(lines: &[(&'static str, &str)]) -> HeaderMap {
        lines.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect()
    }

    #[test]
    fn a_refusal_of_the_servers_own_signature_is_told_by_its_code() {
        let of = |status: u16, code: Option<&str>| {
            let (status, headers) = (StatusCode::from_u16(status).unwrap(), HeaderMap::new());
            let answered = Answered { status, headers: &headers, code, head_of: None };
            StoreRefusal::of(answered, now()).map(|refusal| refusal.likely)
        };
        for (status, code, likely) in [
            (403, "InvalidAccessKeyId", "access key id"),
            (403, "SignatureDoesNotMatch", "secret access key"),
            (403, "RequestTimeTooSkewed", "clock"),
            (400, "AuthorizationHeaderMalformed", "region"),
            (400, "InvalidToken", "temporary"),
            (400, "ExpiredToken", "temporary"),
            (401, "Unauthorized", "access key id"),
            (401, "Whatever", "proxy"),
        ] {
            let told = of(status, Some(code));
            assert!(told.is_some_and(|told| told.contains(likely)), "{code}: {told:?}");
        }
        assert!(of(401, None).is_some() && of(407, None).is_some());
        for (status, code) in [
            (403, Some("AccessDenied")),
            (403, None),
            (400, Some("InvalidArgument")),
            (400, None),
            (404, Some("InvalidAccessKeyId")),
            (200, Some("SignatureDoesNotMatch")),
            (409, Some("InvalidToken")),
            (503, Some("SignatureDoesNotMatch")),
        ] {
            assert_eq!(of(status, code), None, "{status} {code:?}");
        }
    }

    #[test]
    fn a_refusal_without_a_document_is_told_by_its_headers() {
        let of = |status: u16, lines: &[(&'static str, &str)]| {
            let (status, headers) = (StatusCode::from_u16(status).unwrap(), headers(lines));
            let answered =
                Answered { status, headers: &headers, code: None, head_of: Some("eu-1") };
            StoreRefusal::of(answered, now()).map(|refusal| refusal.code)
        };
        let date = |date: &str| of(403, &[("date", date)]);
        let told = |code: &str| Some(code.to_owned());
        assert_eq!(date("Sat, 28 Nov 2026 11:50:00 GMT"), None);
        assert_eq!(date("Sat, 28 Nov 2026 11:44:59 GMT"), told("RequestTimeTooSkewed"));
        assert_eq!(date("Sat, 28 Nov 2026 12:15:01 GMT"), told("RequestTimeTooSkewed"));
        assert_eq!(date("yesterday"), None);
        let code = |code: &str| of(403, &[("x-minio-error-code", code)]);
        assert_eq!(code("SignatureDoesNotMatch"), told("SignatureDoesNotMatch"));
        assert_eq!(code("AccessDenied"), None);
        let region = |region: &str| of(400, &[("x-amz-bucket-region", region)]);
        assert_eq!(region("eu-1"), None);
        assert_eq!(region("us-east-1"), told("AuthorizationHeaderMalformed"));
        assert_eq!(of(403, &[("x-amz-bucket-region", "us-east-1")]), None);
        assert_eq!(of(404, &[("x-minio-error-code", "SignatureDoesNotMatch")]), None);
    }

    #[tokio::test(start_paused = true)]
    async fn a_refusal_is_logged_once_a_minute_and_tells_for_seconds_what_a_bare_one_means() {
        let (refusals, start) = (StoreRefusals::default(), Instant::now());
        let project = |number: usize| {
            ProjectId::parse(&format!("0b6f4cdb-7a0f-4f0f-9f4e-{number:012}")).unwrap()
        };
        let refusal = StoreRefusal::by_code("InvalidAccessKeyId").unwrap();
        let after = |seconds| start + Duration::from_secs(seconds);
        assert_eq!(refusals.recent(&project(1), start), None);
        assert!(refusals.note(&project(1), &refusal, start));
        assert!(!refusals.note(&project(1), &refusal, after(59)));
        assert_eq!(refusals.recent(&project(1), after(68)), Some(refusal.clone()));
        assert_eq!(refusals.recent(&project(1), after(69)), None);
        assert_eq!(refusals.recent(&project(2), after(59)), None);
        assert!(refusals.note(&project(1), &refusal, after(60)));
        for number in 0..3 * CAPACITY {
            refusals.note(&project(number), &refusal, start);
            assert!(refusals.0.lock().unwrap().len() <= CAPACITY);
        }
    }

    #[test]
    fn the_region_of_a_signature_is_in_its_scope() {
        let of = |value: &str| signed_region(&[("authorization".to_owned(), value.to_owned())]);
        let scope = "AKIA/EXAMPLE/20261128/eu-1/s3/aws4_request";
        let proof = format!("AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=0");
        assert_eq!(of(&proof).as_deref(), Some("eu-1"));
        assert_eq!(of("Bearer x"), None);
    }
}
