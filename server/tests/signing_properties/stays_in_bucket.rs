//! A lenient storage: it decodes keys twice, takes `\` for `/`, merges slashes and resolves dots.
//!
//! Some storages do one of these. Whatever they make of a signed request must stay in the bucket
//! and within the grants of the judgement.

use sail_cargo_server::domain::s3::S3Request;

use crate::independent::{Interpretation, decode};
use crate::reviewed;

/// The bucket stays the same however leniently the URL is read.
pub(crate) fn stays_in_place(request: &S3Request, interpretation: &Interpretation) {
    for (bucket, key) in interpretation
        .bucket
        .as_ref()
        .zip(interpretation.key.as_ref())
        .into_iter()
        .chain(pair(interpretation))
    {
        let resolved = resolve(&format!("{bucket}/{key}"));
        let (first, rest) = resolved.split_once('/').unwrap_or((&resolved, ""));
        assert_eq!(first, bucket, "resolved to {resolved}: {}", request.url());
        assert!(!rest.is_empty(), "no key is left of {}", request.url());
    }
}

/// No query value is a path to another place, on a storage that uses ids, tokens, markers and
/// prefixes as file names. The last segment of a prefix or marker may be the beginning of a name.
/// Values that become headers are not names.
pub(crate) fn query_leads_nowhere(request: &S3Request) {
    let query = request.url().split_once('?').map_or("", |(_, query)| query);
    for pair in query.split('&') {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        if name.starts_with("response-") {
            continue;
        }
        let once = decode(value).unwrap();
        let twice = decode(&once).unwrap_or_else(|| once.clone());
        for path in [once, twice] {
            let mut segments: Vec<_> = path.split(['/', '\\']).collect();
            assert!(!segments.contains(&".."), "{pair}");
            if matches!(name, "delimiter" | "prefix" | "marker" | "start-after" | "key-marker") {
                segments.pop();
            }
            assert!(name == "delimiter" || !segments.contains(&"."), "{pair}");
        }
    }
}

/// A user's request, read leniently, touches only what their grants cover.
pub(crate) fn stays_within_grants(interpretation: &Interpretation, deleted: Option<&[String]>) {
    let careless = Interpretation {
        operations: interpretation.operations.clone(),
        bucket: interpretation.bucket.clone(),
        key: interpretation.key.as_deref().map(resolve),
        source: pair(interpretation).map(|(bucket, key)| (bucket.clone(), resolve(key))),
        prefix: interpretation.prefix.as_deref().map(resolve_prefix),
    };
    let deleted: Option<Vec<_>> = deleted.map(|keys| keys.iter().map(|key| resolve(key)).collect());
    let allowed = reviewed::allows_user(&careless, deleted.as_deref());
    assert!(allowed, "beyond Ada's grants when read as {careless:?}, {deleted:?}");
}

fn pair(interpretation: &Interpretation) -> Option<(&String, &String)> {
    interpretation.source.as_ref().map(|(bucket, key)| (bucket, key))
}

/// A key, decoded once more and resolved.
fn resolve(key: &str) -> String {
    resolve_path(&decode(key).unwrap_or_else(|| key.to_owned()).replace('\\', "/"))
}

/// A prefix may end in the beginning of a name: only the folders before it are resolved.
fn resolve_prefix(prefix: &str) -> String {
    let path = prefix.replace('\\', "/");
    let (folders, name) = path.rsplit_once('/').unwrap_or(("", &path));
    if folders.is_empty() { path } else { resolve_path(&format!("{folders}/")) + name }
}

fn resolve_path(path: &str) -> String {
    let mut segments: Vec<&str> = Vec::new();
    for segment in path.split('/') {
        match segment {
            "" | "." => {}
            ".." => drop(segments.pop()),
            segment => segments.push(segment),
        }
    }
    let slash = if path.ends_with('/') && !segments.is_empty() { "/" } else { "" };
    segments.join("/") + slash
}
