//! A listing for people and scripts (G29): `GET /{bucket}?prefix=&delimiter=/&page_size=&page_token=` with
//! `Accept: application/json`. It is ListObjectsV2 in other words, and goes the same way.

use std::sync::Arc;

use http::header::{ACCEPT, CONTENT_LENGTH, CONTENT_TYPE, HeaderMap, HeaderValue};
use http::{Method, Response, StatusCode};
use http_body_util::{BodyExt as _, Limited};
use hyper::body::Incoming;
use serde::Serialize;

use super::asked::Asked;
use super::error::S3Error;
use super::response::{GatewayBody, full};
use super::sending::Sending;
use super::state::Gateway;
use crate::domain::limits::MAX_GATEWAY_BODY;
use crate::domain::s3::{Operation, percent};
use crate::service::signing::Read;
use crate::storage_client::listing::ObjectPage;

const JSON: HeaderValue = HeaderValue::from_static("application/json");
/// What a listing may be asked, and what S3 calls it.
const NAMES: [(&str, &str); 4] = [
    ("prefix", "prefix"),
    ("delimiter", "delimiter"),
    ("page_size", "max-keys"),
    ("page_token", "continuation-token"),
];

#[derive(Serialize)]
struct Listing {
    items: Vec<Item>,
    prefixes: Vec<String>,
    next_page_token: Option<String>,
}

#[derive(Serialize)]
struct Item {
    key: String,
    size: u64,
    last_modified: String,
    etag: Option<String>,
}

/// Whether a request asks for JSON.
pub(super) fn is_asked(method: &Method, headers: &HeaderMap) -> bool {
    let kinds = headers.get_all(ACCEPT).into_iter().filter_map(|value| value.to_str().ok());
    let mut kinds = kinds.flat_map(|value| value.split(','));
    let is_json = |kind: &str| {
        let kind = kind.split(';').next().unwrap_or_default();
        kind.trim().eq_ignore_ascii_case("application/json")
    };
    *method == Method::GET && kinds.any(is_json)
}

/// Asks for the same in S3's words.
///
/// # Errors
/// 400 `InvalidArgument` for a query that it does not know.
pub(super) fn respell(asked: &mut Asked<'_>) -> Result<(), S3Error> {
    let query = asked.url.split_once('?').map(|(_, query)| query);
    asked.url = format!("{}?{}", asked.place(), translated(query.unwrap_or_default())?);
    Ok(())
}

/// Answers the listing of a bucket that `read` asks for.
///
/// # Errors
/// All of a listing's.
pub(super) async fn answer(
    gateway: &Arc<Gateway>,
    asked: &Asked<'_>,
    read: &Read,
    incoming: Incoming,
) -> Result<Response<GatewayBody>, S3Error> {
    let sending = Sending::new(gateway, asked, Operation::ListObjectsV2);
    let listed = sending.send(read, incoming).await?;
    if listed.status() != StatusCode::OK {
        return Ok(listed);
    }
    let (mut head, body) = listed.into_parts();
    let whole = Limited::new(body, MAX_GATEWAY_BODY).collect().await;
    let broken = |_| S3Error::unavailable("The storage's answer broke off.");
    let page = ObjectPage::parse(&whole.map_err(broken)?.to_bytes()).ok_or_else(unreadable)?;
    let text = serde_json::to_vec(&Listing::of(page)).map_err(|_| S3Error::internal())?;
    head.headers.remove(CONTENT_LENGTH);
    head.headers.insert(CONTENT_TYPE, JSON);
    Ok(Response::from_parts(head, full(text)))
}

impl Listing {
    fn of(page: ObjectPage) -> Self {
        let items = page.objects.into_iter().map(|object| Item {
            key: object.key,
            size: object.size,
            last_modified: object.last_modified,
            etag: object.etag,
        });
        let (items, next_page_token) = (items.collect(), page.next);
        Self { items, prefixes: page.prefixes, next_page_token }
    }
}

/// The query of ListObjectsV2 that asks for the same.
fn translated(query: &str) -> Result<String, S3Error> {
    let mut words = "list-type=2&encoding-type=url".to_owned();
    let mut seen = Vec::new();
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let known = NAMES.into_iter().find(|(own, _)| *own == name);
        let (_, theirs) = known.filter(|_| !seen.contains(&name)).ok_or_else(|| {
            S3Error::argument(format!(
                "A listing takes prefix, delimiter, page_size and page_token, each once, and not `{name}`."
            ))
        })?;
        seen.push(name);
        let value = percent::unescape(value)
            .map_err(|flaw| S3Error::argument(format!("{name}: {flaw}.")))?;
        if !value.is_empty() {
            words.extend(["&", theirs, "=", &percent::encode(&value)]);
        }
    }
    Ok(words)
}

fn unreadable() -> S3Error {
    let message = "The storage's answer cannot be read.";
    S3Error::new(StatusCode::BAD_GATEWAY, "InternalError", message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn g29_a_listing_is_asked_in_other_words() {
        let words = translated("prefix=a%20b/&delimiter=/&page_size=2&page_token=x%2By").unwrap();
        assert_eq!(
            words,
            "list-type=2&encoding-type=url&prefix=a%20b%2F&delimiter=%2F&max-keys=2\
             &continuation-token=x%2By"
        );
        assert_eq!(translated("").unwrap(), "list-type=2&encoding-type=url");
        assert_eq!(translated("page_token=").unwrap(), "list-type=2&encoding-type=url");
        for wrong in ["versions", "max-keys=2", "prefix=a&prefix=b", "prefix=%zz"] {
            assert_eq!(translated(wrong).unwrap_err().code(), "InvalidArgument", "{wrong}");
        }
    }

    #[test]
    fn g29_json_is_asked_for_by_name() {
        let is_asked = |method: Method, accept: &'static str| {
            let headers = [(ACCEPT, HeaderValue::from_static(accept))];
            is_asked(&method, &headers.into_iter().collect())
        };
        assert!(is_asked(Method::GET, "application/json"));
        assert!(is_asked(Method::GET, "text/html, Application/JSON;q=0.9"));
        assert!(!is_asked(Method::GET, "*/*"));
        assert!(!is_asked(Method::PUT, "application/json"));
    }
}
