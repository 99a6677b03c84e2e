//! Resolves method, level and sub-resource to one operation (N7).

use super::operation::{Selector, fingerprint};
use super::{Level, Method, Operation, Refusal, query::Query, query_value};

/// Whether the query key selects an operation in any row. A request may have at most one such key.
fn is_marker(name: &str) -> bool {
    let marker = fingerprint(name);
    Operation::ALL.iter().any(|operation| {
        operation.selector().marker == marker && operation.row().marker == Some(name)
    })
}

/// Finds the operation.
///
/// `copies` says whether `x-amz-copy-source` is present, even if empty: it turns PutObject into
/// CopyObject and UploadPart into UploadPartCopy.
///
/// # Errors
/// [`Refusal`] if the query has two markers, a marker with an invalid value, a combination that S3
/// does not define, a key that the operation does not have, or an invalid value.
pub(super) fn resolve(
    method: Method,
    level: Level,
    query: &Query,
    copies: bool,
) -> Result<Operation, Refusal> {
    let marker = the_marker(query)?;
    check_marker_value(marker, query)?;
    let operation = candidates(method, level, marker)
        .find(|operation| discriminates(*operation, query, copies))
        .ok_or_else(|| no_candidate(query))?;
    if operation.row().marker == Some("uploadId") && method == Method::Put {
        check_part_number(query)?;
    }
    check_pairs(operation, query)?;
    match query.get("x-id") {
        Some(named) if named != operation.name() => {
            Err(Refusal::XIdMismatch { named: named.to_owned(), resolved: operation })
        }
        _ => Ok(operation),
    }
}

fn the_marker(query: &Query) -> Result<Option<&str>, Refusal> {
    let mut markers = query.names().filter(|name| is_marker(name));
    match (markers.next(), markers.next()) {
        (Some(first), Some(second)) => {
            Err(Refusal::AmbiguousSubresource(first.to_owned(), second.to_owned()))
        }
        (marker, _) => Ok(marker),
    }
}

/// Checks the value of a marker. It must be empty, except for `uploadId` (an id), `list-type` (`2`)
/// and `select`, which needs `select-type=2`.
fn check_marker_value(marker: Option<&str>, query: &Query) -> Result<(), Refusal> {
    let Some(marker) = marker else { return Ok(()) };
    let value = query.get(marker).unwrap_or_default();
    let fits = match marker {
        "uploadId" => return query_value::check("uploadId", value),
        "list-type" => value == "2",
        "select" => value.is_empty() && query.get("select-type") == Some("2"),
        _ => value.is_empty(),
    };
    if fits { Ok(()) } else { Err(Refusal::SubresourceValue(marker.to_owned())) }
}

fn candidates(
    method: Method,
    level: Level,
    marker: Option<&str>,
) -> impl Iterator<Item = Operation> {
    let selector = Selector::new(method, level, marker);
    Operation::ALL.iter().copied().filter(move |operation| {
        operation.selector() == selector
            && operation.row().marker == marker
            && !is_alias(*operation)
            && *operation != Operation::WriteGetObjectResponse
    })
}

/// Rows that never resolve, because another row has the same method, level and sub-resource:
/// deprecated names of the model, and a directory bucket listing whose URL equals that of
/// ListBuckets.
fn is_alias(operation: Operation) -> bool {
    matches!(
        operation,
        Operation::GetBucketLifecycle
            | Operation::GetBucketNotification
            | Operation::PutBucketLifecycle
            | Operation::PutBucketNotification
            | Operation::ListDirectoryBuckets
    )
}

/// Distinguishes rows that have the same method, level and sub-resource.
fn discriminates(operation: Operation, query: &Query, copies: bool) -> bool {
    match operation {
        Operation::CopyObject | Operation::UploadPartCopy => copies,
        Operation::PutObject | Operation::UploadPart => !copies,
        Operation::ListBucketAnalyticsConfigurations
        | Operation::ListBucketIntelligentTieringConfigurations
        | Operation::ListBucketInventoryConfigurations
        | Operation::ListBucketMetricsConfigurations => !query.contains("id"),
        Operation::ListObjectAnnotations => !query.contains("annotationName"),
        _ if needs_id(operation) => query.get("id").is_some_and(|id| !id.is_empty()),
        _ if operation.row().marker == Some("annotation") => {
            query.get("annotationName").is_some_and(|name| !name.is_empty())
        }
        _ => true,
    }
}

/// Whether the operation is on one of the four kinds of configurations of which a bucket may have
/// many.
fn needs_id(operation: Operation) -> bool {
    matches!(
        operation.row().marker,
        Some("analytics" | "intelligent-tiering" | "inventory" | "metrics")
    )
}

fn no_candidate(query: &Query) -> Refusal {
    // An unknown query key is a clearer refusal than an unknown operation.
    let known = |name: &str| {
        name == "x-id"
            || is_marker(name)
            || Operation::ALL.iter().any(|operation| operation.row().queries.contains(&name))
    };
    match query.names().find(|name| !known(name)) {
        Some(unknown) => Refusal::QueryUnknown(unknown.to_owned()),
        None => Refusal::UnknownOperation,
    }
}

/// Checks that `partNumber` matches `[1-9][0-9]{0,4}`.
fn check_part_number(query: &Query) -> Result<(), Refusal> {
    let fits = query.get("partNumber").is_some_and(query_value::is_part_number);
    if fits { Ok(()) } else { Err(Refusal::PartNumber) }
}

/// Checks that the operation has each query key, and that each value is valid.
fn check_pairs(operation: Operation, query: &Query) -> Result<(), Refusal> {
    let row = operation.row();
    for (name, value) in query.pairs() {
        if name == "x-id" || row.marker == Some(name) {
            continue;
        }
        match row.queries.iter().find(|known| **known == name) {
            Some(known) => query_value::check(known, value)?,
            None => return Err(Refusal::QueryUnknown(name.to_owned())),
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_is_found_by_what_selects_it() {
        for &operation in Operation::ALL {
            let row = operation.row();
            assert!(row.marker.is_none_or(is_marker), "{operation}");
            let mut found = candidates(row.method, row.level, row.marker);
            let is_meant = !is_alias(operation) && operation != Operation::WriteGetObjectResponse;
            assert_eq!(found.any(|one| one == operation), is_meant, "{operation}");
        }
        assert!(!is_marker("x-id") && !is_marker(""));
    }
}
