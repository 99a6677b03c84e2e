//! Checksums in headers and in trailers.

use std::path::Path;

use aws_sdk_s3::error::ProvideErrorMetadata as _;
use aws_sdk_s3::operation::head_object::HeadObjectOutput;
use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::ChecksumAlgorithm::{self, Crc32C, Crc64Nvme, Sha256};
use aws_sdk_s3::types::ChecksumMode;

use super::Cast;
use super::streams::Streamed;

/// The standard check input of CRCs.
const CHECKED: &[u8] = b"123456789";

/// The published checksums of [`CHECKED`].
fn published() -> [(ChecksumAlgorithm, &'static str); 3] {
    [
        (Sha256, "FeKw08M4keuw8e9gnsQZQgwg4yDOlMZfvIwzEkSOsiU="),
        (Crc32C, "4waSgw=="),
        (Crc64Nvme, "rosUhgp5mIg="),
    ]
}

fn of<'head>(algorithm: &ChecksumAlgorithm, head: &'head HeadObjectOutput) -> Option<&'head str> {
    match algorithm {
        Sha256 => head.checksum_sha256(),
        Crc32C => head.checksum_crc32_c(),
        Crc64Nvme => head.checksum_crc64_nvme(),
        other => panic!("{other} is not asked for"),
    }
}

/// Sends checksums in a header for bytes and in a trailer for a stream. A wrong one is refused.
pub(super) async fn are_verified(cast: &Cast, directory: &Path) {
    let (s3, bucket, key) = (&cast.ada, &cast.bucket, "checked");
    let path = directory.join("checked");
    std::fs::write(&path, CHECKED).unwrap();
    for (algorithm, published) in published() {
        let put = || s3.put_object().bucket(bucket).key(key).checksum_algorithm(algorithm.clone());
        put().body(ByteStream::from_static(CHECKED)).send().await.unwrap();
        assert_eq!(of(&algorithm, &head(cast, key).await), Some(published));
        let stream = ByteStream::from_path(&path).await.unwrap();
        put().body(stream).customize().interceptor(Streamed).send().await.unwrap();
        assert_eq!(of(&algorithm, &head(cast, key).await), Some(published));
        let get = s3.get_object().bucket(bucket).key(key).checksum_mode(ChecksumMode::Enabled);
        let object = get.send().await.unwrap();
        assert_eq!(object.body.collect().await.unwrap().to_vec(), CHECKED, "the SDK verified it");
    }
    let put = || s3.put_object().bucket(bucket).key(key).body(ByteStream::from_static(b"other"));
    let [(_, sha256), (_, crc32c), (_, crc64)] = published();
    for wrong in [
        put().checksum_sha256(sha256).send().await,
        put().checksum_crc32_c(crc32c).send().await,
        put().checksum_crc64_nvme(crc64).send().await,
    ] {
        assert_eq!(wrong.unwrap_err().code(), Some("BadDigest"));
    }
}

async fn head(cast: &Cast, key: &str) -> HeadObjectOutput {
    let head = cast.ada.head_object().bucket(&cast.bucket).key(key);
    head.checksum_mode(ChecksumMode::Enabled).send().await.unwrap()
}
