//! What is below a prefix.

use aws_sdk_s3::types::Object;
use futures_util::{Stream, TryStreamExt as _, stream};

use super::place::S3Place;
use crate::cli::Failure;

/// The objects whose keys begin with `prefix`, page after page.
pub(super) fn objects(
    s3: &aws_sdk_s3::Client,
    bucket: &str,
    prefix: &str,
) -> impl Stream<Item = Result<Object, Failure>> + Send + use<> {
    let list = s3.list_objects_v2().bucket(bucket).prefix(prefix);
    let pages = list.into_paginator().send();
    stream::try_unfold(pages, |mut pages| async move {
        let page = pages.next().await.transpose()?;
        let objects = page.map(|page| page.contents.unwrap_or_default());
        Ok::<_, Failure>(objects.map(|objects| (stream::iter(objects.into_iter().map(Ok)), pages)))
    })
    .try_flatten()
}

/// The keys of the objects below a place.
pub(super) async fn listed(
    s3: &aws_sdk_s3::Client,
    place: &S3Place,
) -> Result<Vec<String>, Failure> {
    let objects = objects(s3, &place.bucket, &place.folder());
    objects.try_filter_map(|object| async { Ok(object.key) }).try_collect().await
}
