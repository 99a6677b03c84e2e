//! Presigned URLs of the gateway. They are made with the caller's session, and end with it.

use std::collections::BTreeMap;
use std::time::{Duration, SystemTime};

use aws_credential_types::Credentials;
use aws_sdk_s3::presigning::PresignedRequest;
use chrono::{DateTime, NaiveDateTime, TimeDelta, Utc};
use sail_cargo_client::protocol::{PresignRequest, PresignResponse};

use super::detour::Detour;
use super::sessions::Session;
use super::signature;
use crate::RemoteSigningError;
use crate::presigned::{self, Presigned};

/// How long a URL lives that says nothing else, as Cargo's.
const LIFE: Duration = Duration::from_mins(5);

/// Notes the session whose credentials the SDK gets, if that is to presign.
pub(super) fn note(credentials: &Credentials) {
    if let Some(end) = credentials.expiry() {
        let _is_presigning = presigned::note(Presigned::BySession(end));
    }
}

/// What the SDK presigned with a session that ends at `end`.
pub(crate) fn of(presigned: &PresignedRequest, end: SystemTime) -> PresignResponse {
    let headers = presigned.headers().map(|(name, value)| (name.to_owned(), value.to_owned()));
    response(presigned.method(), presigned.uri(), headers.collect(), end.into())
}

/// Presigns `wanted` with `session`, for the gateway. `None` if it is not addressed to the storage.
///
/// # Errors
/// It cannot be signed.
pub(crate) fn presign(
    wanted: &PresignRequest,
    detour: &Detour,
    session: &Session,
) -> Result<Option<PresignResponse>, RemoteSigningError> {
    let Some(url) = detour.readdress(&wanted.url) else { return Ok(None) };
    let life = wanted.expires_in.map_or(LIFE, Duration::from_secs);
    let wanted = PresignRequest { url, ..wanted.clone() };
    let url = signature::in_query(&wanted, life, (session, &detour.gateway.region))?;
    let headers = wanted.headers.into_iter().filter(|(name, _)| name != "host").collect();
    Ok(Some(response(&wanted.method, &url, headers, session.ends_at)))
}

/// The answer about `url`, which ends at `end` or before. Of which operation it is stands in the URL, but
/// not of HeadObject.
fn response(
    method: &str,
    url: &str,
    headers: BTreeMap<String, String>,
    end: DateTime<Utc>,
) -> PresignResponse {
    let life = parameter(url, "X-Amz-Expires").and_then(|seconds| seconds.parse().ok());
    let life = TimeDelta::seconds(life.unwrap_or_default());
    let date = parameter(url, "X-Amz-Date");
    let date = date.and_then(|date| NaiveDateTime::parse_from_str(date, "%Y%m%dT%H%M%SZ").ok());
    let own = date.map(|date| date.and_utc() + life);
    PresignResponse {
        method: method.to_owned(),
        url: url.to_owned(),
        headers,
        dropped_headers: Vec::new(),
        operation: parameter(url, "x-id").unwrap_or("HeadObject").to_owned(),
        expires_at: own.map_or(end, |own| own.min(end)),
        revision: String::new(),
    }
}

/// The value of a parameter of letters and digits.
fn parameter<'a>(url: &'a str, name: &str) -> Option<&'a str> {
    let (_, query) = url.split_once('?')?;
    let mut pairs = query.split('&').filter_map(|pair| pair.split_once('='));
    pairs.find(|(own, _)| *own == name).map(|(_, value)| value)
}
