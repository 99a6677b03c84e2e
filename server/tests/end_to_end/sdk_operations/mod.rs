//! The operations that applications commonly use, with every awkward key: the same program for all
//! storages.

mod buckets;
mod bytes;
mod checksums;
mod listings;
mod objects;
mod parts;
mod streams;
mod transfers;
mod unsigned;

use aws_sdk_s3::Client as S3;
use sail_cargo_client::protocol::Permission::{Delete, Read, Write};

use crate::storage::StorageRoute;
use crate::test_stack::TestStack;

/// The operations of the program. Each is signed at least once.
pub(crate) const OPERATIONS: [&str; 17] = [
    "s3:AbortMultipartUpload",
    "s3:CompleteMultipartUpload",
    "s3:CopyObject",
    "s3:CreateBucket",
    "s3:CreateMultipartUpload",
    "s3:DeleteBucket",
    "s3:DeleteObject",
    "s3:DeleteObjects",
    "s3:GetObject",
    "s3:HeadBucket",
    "s3:HeadObject",
    "s3:ListBuckets",
    "s3:ListObjects",
    "s3:ListObjectsV2",
    "s3:ListParts",
    "s3:PutObject",
    "s3:UploadPart",
];

const KEYS: [&str; 10] = [
    "plain.txt",
    "with space/and more",
    "a+b",
    "100%",
    "%41 is not A",
    "ünïcödé/日本語 😀",
    "q=1&r=2",
    "~tilde~(x)!'*",
    "a;b,c:d@e$f",
    "..hidden/dots...",
];

/// The callers, and the bucket they use.
pub(crate) struct Cast {
    /// The application itself (root).
    pub(crate) root: S3,
    /// A user who may read, write and delete in the bucket.
    pub(crate) ada: S3,
    pub(crate) bucket: String,
}

impl Cast {
    /// The callers, before the bucket is created.
    pub(crate) fn new(test: &TestStack, route: &StorageRoute, bucket: &str) -> Self {
        let ada = route.sdk(test.user("ada"));
        Self { root: route.sdk(test.root()), ada, bucket: bucket.to_owned() }
    }

    /// Creates the bucket, and grants ada access.
    pub(crate) async fn open(&self, test: &TestStack) {
        buckets::are_made(self).await;
        test.grant_in(&self.bucket, "ada", "", &[Read, Write, Delete]).await;
    }

    /// Deletes the bucket, which must be empty, in two requests.
    pub(crate) async fn close(&self) {
        buckets::are_removed(self).await;
    }
}

/// Runs all operations.
pub(crate) async fn spend(cast: &Cast, test: &TestStack) {
    let file = bytes::file(test.directory.path());
    objects::come_back(cast).await;
    objects::may_be_empty(cast).await;
    objects::are_copied(cast).await;
    objects::keep_what_is_said_of_them(cast).await;
    checksums::are_verified(cast, test.directory.path()).await;
    streams::come_back(cast, &file).await;
    parts::are_put_together(cast, &file).await;
    parts::are_given_up(cast).await;
    transfers::are_verified(cast, test.directory.path()).await;
    unsigned::keys_go_nowhere(cast).await;
    listings::find_each_key(cast).await;
    listings::are_read_page_by_page(cast).await;
    buckets::are_emptied(cast).await;
}
