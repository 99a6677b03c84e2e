//! Presigned URLs of the gateway. The SDK makes them, with the caller's session; they end with it.

use std::collections::BTreeMap;
use std::time::SystemTime;

use aws_credential_types::Credentials;
use aws_sdk_s3::presigning::PresignedRequest;
use chrono::{DateTime, NaiveDateTime, TimeDelta, Utc};
use sail_cargo_client::protocol::PresignResponse;

use crate::presign::{self, Presigned};

/// Notes the session whose credentials the SDK gets, if that is to presign.
pub(super) fn note(credentials: &Credentials) {
    if let Some(end) = credentials.expiry() {
        let _is_presigning = presign::note(Presigned::BySession(end));
    }
}

/// What the SDK presigned with a session that ends at `end`. The SDK does not say of which operation it is
/// but in the URL, and there not of HeadObject.
pub(crate) fn of(presigned: &PresignedRequest, end: SystemTime) -> PresignResponse {
    let url = presigned.uri();
    let life = parameter(url, "X-Amz-Expires").and_then(|seconds| seconds.parse().ok());
    let life = TimeDelta::seconds(life.unwrap_or_default());
    let date = parameter(url, "X-Amz-Date");
    let date = date.and_then(|date| NaiveDateTime::parse_from_str(date, "%Y%m%dT%H%M%SZ").ok());
    let (end, own) = (DateTime::<Utc>::from(end), date.map(|date| date.and_utc() + life));
    let headers = presigned.headers().map(|(name, value)| (name.to_owned(), value.to_owned()));
    PresignResponse {
        method: presigned.method().to_owned(),
        url: url.to_owned(),
        headers: headers.collect::<BTreeMap<_, _>>(),
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
