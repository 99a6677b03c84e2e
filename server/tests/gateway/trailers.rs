//! Checksums behind the body.

use aws_sdk_s3::primitives::{ByteStream, SdkBody};
use aws_sdk_s3::types::{ChecksumAlgorithm, ChecksumMode, CompletedMultipartUpload, CompletedPart};
use bytes::Bytes;
use futures_util::stream;
use http_body::Frame;
use http_body_util::StreamBody;

use super::gateway_stack::{BUCKET, GatewayStack, code};

/// A body of `size` bytes that comes in pieces: the SDK sends its checksum behind it.
fn streamed(size: usize) -> ByteStream {
    let pieces =
        stream::iter([Ok::<_, std::io::Error>(Frame::data(Bytes::from(vec![b'a'; size])))]);
    ByteStream::new(SdkBody::from_body_1_x(StreamBody::new(pieces)))
}

#[tokio::test]
async fn g20_a_trailing_checksum_of_a_small_object_goes_out_as_a_header() {
    let test = GatewayStack::start().await;
    let s3 = test.root_s3().await;
    for size in [1_usize, 256 * 1024, 256 * 1024 + 1] {
        let put = s3.put_object().bucket(BUCKET).key("x").content_length(size.try_into().unwrap());
        let put =
            put.checksum_algorithm(ChecksumAlgorithm::Crc32).body(streamed(size)).send().await;
        assert_eq!(code(put), "ok", "{size}");
        let head = s3.head_object().bucket(BUCKET).key("x").checksum_mode(ChecksumMode::Enabled);
        let head = head.send().await.unwrap();
        assert_eq!(head.content_length(), Some(size.try_into().unwrap()));
        assert_eq!(head.checksum_crc32().is_some(), size <= 256 * 1024, "{size}");
    }
}

#[tokio::test]
async fn g20_checksums_of_parts_are_verified_and_end_here() {
    let test = GatewayStack::start().await;
    let s3 = test.root_s3().await;
    let begin = s3.create_multipart_upload().bucket(BUCKET).key("x");
    let begun = begin.checksum_algorithm(ChecksumAlgorithm::Crc32).send().await.unwrap();
    let id = begun.upload_id().unwrap();
    let size = 5 << 20;
    let part = s3.upload_part().bucket(BUCKET).key("x").upload_id(id).part_number(1);
    let part = part.content_length(size).checksum_algorithm(ChecksumAlgorithm::Crc32);
    let part = part.body(streamed(size.try_into().unwrap())).send().await.unwrap();
    let done = CompletedPart::builder().part_number(1).e_tag(part.e_tag().unwrap());
    let parts = CompletedMultipartUpload::builder().parts(done.checksum_crc32("AAAAAA==").build());
    let complete = s3.complete_multipart_upload().bucket(BUCKET).key("x").upload_id(id);
    let complete = complete.multipart_upload(parts.build()).send().await;
    assert_eq!(code(complete), "ok");
    let head = s3.head_object().bucket(BUCKET).key("x").send().await.unwrap();
    assert_eq!(head.content_length(), Some(size));
}
