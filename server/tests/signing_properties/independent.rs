//! An independent interpretation of a signed request: what a simple storage would do with it.
//!
//! Written from the S3 model without any code of `domain::s3`, in the simplest way that a storage
//! could do it: split at the first `?`, split at `/`, decode, look for the query keys of a route.
//! The result must match the judged request.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;

/// Host and port of the path-style endpoint, and of the endpoint that also takes buckets as host
/// labels.
const PATH_HOST: &str = "s3.local:9000";
const BUCKET_HOST: &str = "s3.example.com";

/// The action that a storage would take.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Interpretation {
    /// The names of the operation in the model, including deprecated names of the same route.
    pub(crate) operations: Vec<&'static str>,
    pub(crate) bucket: Option<String>,
    pub(crate) key: Option<String>,
    /// The bucket and key that are copied or renamed.
    pub(crate) source: Option<(String, String)>,
    /// The value of `prefix`.
    pub(crate) prefix: Option<String>,
}

/// A row of the model: see `tests/data/s3-model.json`.
#[derive(Deserialize)]
struct Route {
    method: String,
    uri: String,
    /// The query keys it may have.
    q: Vec<String>,
    /// The query keys it must have.
    qr: Vec<String>,
    /// The headers it must have.
    hr: Vec<String>,
}

static MODEL: LazyLock<BTreeMap<String, Route>> =
    LazyLock::new(|| serde_json::from_str(include_str!("../data/s3-model.json")).unwrap());

/// Interprets a request as sent. None if a storage could not interpret it.
pub(crate) fn read(
    method: &str,
    url: &str,
    headers: &[(String, String)],
) -> Option<Interpretation> {
    let (place, query) = url.split_once('?').unwrap_or((url, ""));
    let (_, place) = place.split_once("://")?;
    let (host, path) = place.split_once('/').unwrap_or((place, ""));
    let (bucket, key) = match host.strip_suffix(BUCKET_HOST).map(|label| label.strip_suffix('.')) {
        Some(Some(bucket)) => (bucket, path),
        Some(None) if host == BUCKET_HOST => path.split_once('/').unwrap_or((path, "")),
        None if host == PATH_HOST => path.split_once('/').unwrap_or((path, "")),
        _ => return None,
    };
    let query: Vec<(&str, String)> = query
        .split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
        .map(|(name, value)| Some((name, decode(value)?)))
        .collect::<Option<_>>()?;
    if repeats(query.iter().map(|(name, _)| *name))
        || repeats(headers.iter().map(|(name, _)| name.as_str()))
    {
        return None;
    }
    let header = |name: &str| {
        let found = headers.iter().find(|(have, _)| have.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    };
    let level = u8::from(!bucket.is_empty()) + u8::from(!key.is_empty());
    Some(Interpretation {
        operations: route(method, level, &query, &|name| header(name).is_some()),
        source: match (header("x-amz-copy-source"), header("x-amz-rename-source")) {
            (Some(copied), _) => Some(copy_source(copied)?),
            (None, Some(renamed)) => {
                Some((bucket.to_owned(), decode(renamed.strip_prefix('/').unwrap_or(renamed))?))
            }
            (None, None) => None,
        },
        bucket: (!bucket.is_empty()).then(|| bucket.to_owned()),
        key: if key.is_empty() { None } else { Some(decode(key)?) },
        prefix: query.into_iter().find(|(name, _)| *name == "prefix").map(|(_, value)| value),
    })
}

/// Whether a name occurs twice, in any case. Some storages take the first value then, some the
/// last, and some ignore the case of names.
fn repeats<'a>(mut names: impl Iterator<Item = &'a str> + Clone) -> bool {
    while let Some(name) = names.next() {
        if names.clone().any(|other| name.eq_ignore_ascii_case(other)) {
            return true;
        }
    }
    false
}

/// The most demanding routes whose demands the request meets. None if the request has a query key
/// that the route does not know.
fn route(
    method: &str,
    level: u8,
    query: &[(&str, String)],
    has_header: &dyn Fn(&str) -> bool,
) -> Vec<&'static str> {
    let has = |name: &str| query.iter().any(|(have, _)| *have == name);
    let mut best = (0, Vec::new());
    for (name, route) in MODEL.iter().filter(|(_, route)| route.method == method) {
        let (path, fixed) = route.uri.split_once('?').unwrap_or((&route.uri, ""));
        let wanted = match path {
            "/" => 0,
            "/{Bucket}" => 1,
            "/{Bucket}/{Key+}" => 2,
            _ => continue,
        };
        let fixed: Vec<_> = fixed.split('&').filter(|part| !part.is_empty()).collect();
        let is_fixed = |pair: &str| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            query.iter().any(|(have, is)| *have == name && is == value)
        };
        let copies = route.hr.iter().filter(|name| *name == "x-amz-copy-source");
        let meets = wanted == level
            && fixed.iter().all(|pair| is_fixed(pair))
            && route.qr.iter().all(|name| has(name))
            && copies.clone().all(|name| has_header(name));
        let knows = |name: &str| {
            name == "x-id"
                || route.q.iter().any(|known| known == name)
                || fixed.iter().any(|pair| pair.split('=').next() == Some(name))
        };
        if !meets || !query.iter().all(|(name, _)| knows(name)) {
            continue;
        }
        let demands = 1 + fixed.len() + route.qr.len() + copies.count();
        match demands.cmp(&best.0) {
            std::cmp::Ordering::Greater => best = (demands, vec![name.as_str()]),
            std::cmp::Ordering::Equal => best.1.push(name),
            std::cmp::Ordering::Less => {}
        }
    }
    best.1
}

/// Decodes first and then splits, as most storages do.
fn copy_source(value: &str) -> Option<(String, String)> {
    let path = value.split_once('?').map_or(value, |(path, _)| path);
    let decoded = decode(path)?;
    let (bucket, key) = decoded.strip_prefix('/').unwrap_or(&decoded).split_once('/')?;
    Some((bucket.to_owned(), key.to_owned()))
}

/// Percent-decodes once.
pub(crate) fn decode(text: &str) -> Option<String> {
    let mut parts = text.split('%');
    let mut bytes = parts.next()?.as_bytes().to_vec();
    for part in parts {
        bytes.push(u8::from_str_radix(part.get(..2)?, 16).ok()?);
        bytes.extend_from_slice(&part.as_bytes()[2..]);
    }
    String::from_utf8(bytes).ok()
}
