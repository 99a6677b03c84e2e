//! ListBuckets, answered by Cargo: the buckets of the caller, not those of the storage account (G12).
//!
//! <https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListBuckets.html>

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};
use sail_cargo_database::DerivedKey;

use super::error::S3Error;
use crate::domain::ProjectId;
use crate::domain::s3::S3Request;
use crate::domain::xml_document::XmlDocument;
use crate::service::{BucketRange, UsableBuckets};

/// The most buckets of one page, as S3 has it.
const MAX_BUCKETS: usize = 10_000;
/// Bytes of a token's seal.
const TAG: usize = 32;
/// What the seal of a token is for.
const LISTING: &[u8] = b"gateway ListBuckets 1";

/// Which buckets a request asks for.
///
/// # Errors
/// `InvalidArgument` for `max-buckets` out of 1 to 10000, or a token of another listing.
pub(super) fn range(request: &S3Request, key: &DerivedKey) -> Result<BucketRange, S3Error> {
    let prefix = request.query("prefix").unwrap_or_default();
    let limit = request.query("max-buckets").map_or(Ok(MAX_BUCKETS), max_buckets)?;
    let after = request.query("continuation-token").map(|token| open(token, prefix, key));
    let after = after.transpose()?.unwrap_or_default();
    Ok(BucketRange { prefix: prefix.to_owned(), after, limit })
}

/// The document of a page.
pub(super) fn answer(
    prefix: &str,
    project: &ProjectId,
    page: &UsableBuckets,
    key: &DerivedKey,
) -> String {
    let mut document = XmlDocument::new("ListAllMyBucketsResult");
    document.down("Owner").text("ID", project.as_str()).up().down("Buckets");
    for bucket in &page.buckets {
        let date = timestamp(bucket.registered_at.unwrap_or_default());
        document.down("Bucket").text("Name", bucket.name.as_str()).text("CreationDate", &date).up();
    }
    document.up();
    if let Some(next) = &page.next {
        document.text("ContinuationToken", &close(next, prefix, key));
    }
    if !prefix.is_empty() {
        document.text("Prefix", prefix);
    }
    document.end()
}

/// As S3 writes a time: `2026-11-28T20:41:13.000Z`.
pub(super) fn timestamp(at: DateTime<Utc>) -> String {
    at.format("%Y-%m-%dT%H:%M:%S.000Z").to_string()
}

fn max_buckets(text: &str) -> Result<usize, S3Error> {
    let max = text.parse().ok().filter(|max| (1..=MAX_BUCKETS).contains(max));
    max.ok_or_else(|| S3Error::argument("max-buckets is a number from 1 to 10000"))
}

fn close(name: &str, prefix: &str, key: &DerivedKey) -> String {
    let tag = key.tag(&[LISTING, prefix.as_bytes(), name.as_bytes()]);
    URL_SAFE_NO_PAD.encode([&tag[..], name.as_bytes()].concat())
}

fn open(token: &str, prefix: &str, key: &DerivedKey) -> Result<String, S3Error> {
    let bytes = URL_SAFE_NO_PAD.decode(token).ok();
    let place = bytes.as_deref().and_then(|bytes| {
        let (tag, name) = bytes.split_at_checked(TAG)?;
        let is_ours = key.is_tag(tag, &[LISTING, prefix.as_bytes(), name]);
        String::from_utf8(name.to_vec()).ok().filter(|_| is_ours)
    });
    place.ok_or_else(|| S3Error::argument("The continuation token provided is incorrect"))
}
