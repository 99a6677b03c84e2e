//! Names as the command line gives them.

use super::super::named;
use crate::domain::{BucketName, Denied, Slug};

/// Parses the name of a bucket that may be made.
pub(in crate::cli) fn bucket(text: &str) -> Result<BucketName, String> {
    let name = BucketName::parse_new(&named::bucket(text)?).map_err(|error| error.to_string())?;
    if name.is_reserved() { Err(Denied::ReservedBucket(name).to_string()) } else { Ok(name) }
}

/// Parses the name of a store.
pub(super) fn slug(text: &str) -> Result<String, String> {
    Slug::parse(text).map(|slug| slug.to_string()).map_err(|error| error.to_string())
}
