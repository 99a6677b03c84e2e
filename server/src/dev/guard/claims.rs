//! What a request claims about its signature. Nothing is verified here: the storage does that.

use chrono::{DateTime, NaiveDateTime, TimeDelta, Utc};
use http::{HeaderMap, HeaderName, Uri, header::AUTHORIZATION};

use super::{
    path::decode,
    violation::{Code, Violation},
};
use crate::domain::limits;

/// The only algorithm that the guard accepts.
const ALGORITHM: &str = "AWS4-HMAC-SHA256";

/// The query keys of a presigned URL. The last one is optional.
const QUERY_NAMES: [&str; 7] = [
    "X-Amz-Algorithm",
    "X-Amz-Credential",
    "X-Amz-Date",
    "X-Amz-Expires",
    "X-Amz-SignedHeaders",
    "X-Amz-Signature",
    "X-Amz-Content-Sha256",
];

/// A signature's scope, time and the headers it covers.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct SigV4Claims {
    /// The region of the scope.
    pub(super) region: String,
    /// The service of the scope.
    pub(super) service: String,
    /// The names of the signed headers, in ascending order.
    pub(super) signed: Vec<String>,
    /// The time of signing.
    pub(super) signed_at: DateTime<Utc>,
    /// The lifetime of a presigned URL; None if the signature is in the headers.
    pub(super) lifetime: Option<TimeDelta>,
}

impl SigV4Claims {
    /// Parses the one signature of a request, in its headers or its query.
    pub(super) fn read(uri: &Uri, headers: &HeaderMap) -> Result<Self, Violation> {
        let query = pairs(uri.query().unwrap_or_default())?;
        let named = |wanted: &str| query.iter().any(|(name, _)| name.eq_ignore_ascii_case(wanted));
        if ["AWSAccessKeyId", "Signature", "Expires"].into_iter().any(named) {
            return Err(unknown_algorithm());
        }
        let amz: Vec<_> = query.iter().filter(|(name, _)| is_amz(name)).collect();
        match (headers.contains_key(AUTHORIZATION), amz.is_empty()) {
            (true, true) => Self::from_headers(headers),
            (false, false) => Self::from_query(&amz),
            (false, true) => Err(Violation::denied("anonymous requests are not allowed")),
            (true, false) => Err(Violation::new(
                Code::InvalidArgument,
                "a request signed by its headers may not carry x-amz- names in its query",
            )),
        }
    }

    /// Parses `Authorization` in the one form that SDKs write.
    fn from_headers(headers: &HeaderMap) -> Result<Self, Violation> {
        let malformed = || header_malformed("the Authorization header is malformed");
        let value = headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok());
        let (algorithm, fields) =
            value.and_then(|value| value.split_once(' ')).ok_or_else(malformed)?;
        if algorithm != ALGORITHM {
            return Err(unknown_algorithm());
        }
        let mut fields = fields.split(',').map(|field| field.trim_matches(' '));
        let mut field = |name| fields.next().and_then(|field| field.strip_prefix(name));
        let credential = field("Credential=").ok_or_else(malformed)?;
        let signed = field("SignedHeaders=").ok_or_else(malformed)?;
        field("Signature=").ok_or_else(malformed)?;
        if fields.next().is_some() {
            return Err(malformed());
        }
        let (region, service) = scope(credential).ok_or_else(malformed)?;
        let date = headers.get("x-amz-date").and_then(|date| date.to_str().ok());
        Ok(Self {
            region,
            service,
            signed: signed_headers(signed).ok_or_else(malformed)?,
            signed_at: date.and_then(timestamp).ok_or_else(|| {
                Violation::denied("a signed request needs a valid x-amz-date header")
            })?,
            lifetime: None,
        })
    }

    /// Parses a presigned URL. Each key must occur once, in the case that S3 uses.
    fn from_query(amz: &[&(&str, String)]) -> Result<Self, Violation> {
        for (name, value) in amz {
            check_query_name(name, value)?;
        }
        let value = |wanted| one(amz, wanted);
        if value("X-Amz-Algorithm")? != ALGORITHM {
            return Err(unknown_algorithm());
        }
        value("X-Amz-Signature")?;
        let (region, service) = scope(value("X-Amz-Credential")?)
            .ok_or_else(|| query_malformed("X-Amz-Credential is malformed"))?;
        Ok(Self {
            region,
            service,
            signed: signed_headers(value("X-Amz-SignedHeaders")?)
                .ok_or_else(|| query_malformed("X-Amz-SignedHeaders is malformed"))?,
            signed_at: timestamp(value("X-Amz-Date")?)
                .ok_or_else(|| query_malformed("X-Amz-Date is malformed"))?,
            lifetime: Some(
                lifetime(value("X-Amz-Expires")?)
                    .ok_or_else(|| query_malformed("X-Amz-Expires must be 1 to 604800 seconds"))?,
            ),
        })
    }
}

/// Whether a query key or header name begins with `x-amz-`, in any case.
fn is_amz(name: &str) -> bool {
    name.get(..6).is_some_and(|start| start.eq_ignore_ascii_case("x-amz-"))
}

fn check_query_name(name: &str, value: &str) -> Result<(), Violation> {
    if name.eq_ignore_ascii_case("X-Amz-Security-Token") {
        return Err(Violation::new(Code::InvalidToken, "this storage knows no session tokens"));
    }
    if !QUERY_NAMES.contains(&name) {
        return Err(query_malformed("a presigned URL carries an x-amz- name that is not known"));
    }
    if name == "X-Amz-Content-Sha256" && value != "UNSIGNED-PAYLOAD" {
        return Err(query_malformed("X-Amz-Content-Sha256 must be UNSIGNED-PAYLOAD"));
    }
    Ok(())
}

/// The value of a key that must occur exactly once.
fn one<'a>(amz: &[&'a (&str, String)], wanted: &str) -> Result<&'a str, Violation> {
    let mut values = amz.iter().filter(|(name, _)| *name == wanted);
    match (values.next(), values.next()) {
        (Some((_, value)), None) => Ok(value),
        _ => Err(query_malformed(&format!("a presigned URL needs {wanted} exactly once"))),
    }
}

/// Splits a query. Keys must not be percent-encoded, so that they have one reading.
fn pairs(query: &str) -> Result<Vec<(&str, String)>, Violation> {
    if query.is_empty() {
        return Ok(Vec::new());
    }
    query
        .split('&')
        .map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            if is_query_name(name) {
                Ok((name, decode(value)?.into_owned()))
            } else {
                Err(Violation::new(Code::InvalidUri, "a query name is malformed"))
            }
        })
        .collect()
}

fn is_query_name(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

/// The region and service of `key/date/region/service/aws4_request`.
fn scope(credential: &str) -> Option<(String, String)> {
    let parts: Vec<&str> = credential.split('/').collect();
    let &[key, _date, region, service, "aws4_request"] = parts.as_slice() else { return None };
    (!key.is_empty()).then(|| (region.to_owned(), service.to_owned()))
}

/// Parses the list of signed headers: lower-case names in strictly ascending order, so that the
/// list has one reading.
fn signed_headers(list: &str) -> Option<Vec<String>> {
    let names: Vec<String> = list.split(';').map(str::to_owned).collect();
    let lower = names.iter().all(|name| HeaderName::from_lowercase(name.as_bytes()).is_ok());
    (lower && names.is_sorted_by(|a, b| a < b)).then_some(names)
}

/// Parses a time such as `20261122T101112Z`.
fn timestamp(date: &str) -> Option<DateTime<Utc>> {
    let shape = |(i, byte): (usize, u8)| match i {
        8 => byte == b'T',
        15 => byte == b'Z',
        _ => byte.is_ascii_digit(),
    };
    if date.len() != 16 || !date.bytes().enumerate().all(shape) {
        return None;
    }
    NaiveDateTime::parse_from_str(date, "%Y%m%dT%H%M%SZ").ok().map(|date| date.and_utc())
}

fn lifetime(seconds: &str) -> Option<TimeDelta> {
    let digits = seconds.bytes().all(|byte| byte.is_ascii_digit());
    let seconds = seconds.parse::<u32>().ok().filter(|_| digits)?;
    (1..=limits::MAX_PRESIGN_SECONDS).contains(&seconds).then(|| TimeDelta::seconds(seconds.into()))
}

fn header_malformed(message: &str) -> Violation {
    Violation::new(Code::AuthorizationHeaderMalformed, message)
}

fn query_malformed(message: &str) -> Violation {
    Violation::new(Code::AuthorizationQueryParametersError, message)
}

fn unknown_algorithm() -> Violation {
    Violation::new(Code::InvalidRequest, "sign with AWS4-HMAC-SHA256")
}
