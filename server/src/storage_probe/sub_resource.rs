//! The operations that a sub-resource selects, and what a storage runs if it does not know the
//! sub-resource.

use crate::domain::s3::{Level, Method, Needs, Operation};

/// The operation that a storage runs in place of `operation` if it ignores the sub-resource.
pub(super) fn runs_as(operation: Operation) -> &'static str {
    let row = operation.row();
    match (row.level, row.method) {
        (Level::Bucket, Method::Get) => "ListObjects",
        (Level::Bucket, Method::Head) => "HeadBucket",
        (Level::Bucket, Method::Put) => "CreateBucket",
        (Level::Bucket, Method::Delete) => "DeleteBucket",
        (Level::Object, Method::Get) => "GetObject",
        (Level::Object, Method::Head) => "HeadObject",
        (Level::Object, Method::Put) if row.headers.contains(&"x-amz-copy-source") => "CopyObject",
        (Level::Object, Method::Delete) => "DeleteObject",
        (Level::Object, Method::Put | Method::Post) => "PutObject",
        (Level::Account, _) | (Level::Bucket, Method::Post) => "none",
    }
}

/// The operations to test. ListObjectsV2 is left out: it shows the same as ListObjects.
pub(super) fn tried() -> impl Iterator<Item = Operation> {
    let selected = |operation: &Operation| {
        let row = operation.row();
        row.marker.is_some() && row.needs != Needs::Never && *operation != Operation::ListObjectsV2
    };
    Operation::ALL.iter().copied().filter(selected)
}
