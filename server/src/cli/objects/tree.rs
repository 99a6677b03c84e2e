//! The objects below a prefix.

use aws_sdk_s3::operation::list_objects_v2::ListObjectsV2Output;
use aws_sdk_s3::types::Object;
use futures_util::{Stream, TryStreamExt as _, stream};
use sail_cargo_middleware::listing;

use super::location::S3Location;
use super::refusal::failed;
use crate::cli::failure::Failure;

/// Streams the objects whose keys begin with `prefix`, page after page.
pub(super) fn objects(
    s3: &aws_sdk_s3::Client,
    bucket: &str,
    prefix: &str,
) -> impl Stream<Item = Result<Object, Failure>> + Send + use<> {
    let list = s3.list_objects_v2().bucket(bucket).prefix(prefix);
    let place = S3Location { bucket: bucket.to_owned(), key: prefix.to_owned() };
    let pages = listing::pages(list).map_err(move |error| failed(&place, error));
    let objects = |page: ListObjectsV2Output| page.contents.unwrap_or_default().into_iter().map(Ok);
    pages.map_ok(move |page| stream::iter(objects(page))).try_flatten()
}

/// The keys of the objects in a folder.
pub(super) async fn listed(
    s3: &aws_sdk_s3::Client,
    place: &S3Location,
) -> Result<Vec<String>, Failure> {
    let objects = objects(s3, &place.bucket, &place.folder());
    objects.try_filter_map(|object| async { Ok(object.key) }).try_collect().await
}
