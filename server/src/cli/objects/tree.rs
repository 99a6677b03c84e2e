//! What is below a directory, and below a prefix.

use std::path::{Path, PathBuf};

use aws_sdk_s3::operation::list_objects_v2::ListObjectsV2Output;
use aws_sdk_s3::types::Object;
use futures_util::{Stream, TryStreamExt as _, stream};
use sail_cargo_middleware::listing;
use sail_cargo_middleware::transfer::is_partial;

use super::place::S3Place;
use super::refusal::failed;
use crate::cli::Failure;

/// A file, and its name from the directory with `/` between; none where it is no UTF-8.
pub(super) type Found = (Option<String>, PathBuf);

/// The files below `directory`, in order, but those of downloads under way. Links are followed to
/// files and not to directories, which could lead in circles.
pub(super) fn files(directory: &Path) -> Result<Vec<Found>, Failure> {
    let mut found = Vec::new();
    walk(directory, Some(""), &mut found)?;
    found.sort();
    Ok(found)
}

fn walk(directory: &Path, below: Option<&str>, found: &mut Vec<Found>) -> Result<(), Failure> {
    let named = |error: std::io::Error| format!("{}: {error}", directory.display());
    for entry in std::fs::read_dir(directory).map_err(named)? {
        let entry = entry.map_err(named)?;
        let name = entry.file_name().into_string().ok();
        let name = below.zip(name).map(|(below, name)| format!("{below}{name}"));
        let kind = entry.file_type().map_err(named)?;
        if kind.is_dir() {
            walk(&entry.path(), name.map(|name| format!("{name}/")).as_deref(), found)?;
        } else if (kind.is_file() || (kind.is_symlink() && entry.path().is_file()))
            && !name.as_deref().is_some_and(is_partial)
        {
            found.push((name, entry.path()));
        }
    }
    Ok(())
}

/// The objects whose keys begin with `prefix`, page after page.
pub(super) fn objects(
    s3: &aws_sdk_s3::Client,
    bucket: &str,
    prefix: &str,
) -> impl Stream<Item = Result<Object, Failure>> + Send + use<> {
    let list = s3.list_objects_v2().bucket(bucket).prefix(prefix);
    let place = S3Place { bucket: bucket.to_owned(), key: prefix.to_owned() };
    let pages = listing::pages(list).map_err(move |error| failed(&place, error));
    let objects = |page: ListObjectsV2Output| page.contents.unwrap_or_default().into_iter().map(Ok);
    pages.map_ok(move |page| stream::iter(objects(page))).try_flatten()
}

/// An object's key and its size, below a place.
pub(super) async fn listed(
    s3: &aws_sdk_s3::Client,
    place: &S3Place,
) -> Result<Vec<String>, Failure> {
    let objects = objects(s3, &place.bucket, &place.folder());
    objects.try_filter_map(|object| async { Ok(object.key) }).try_collect().await
}
