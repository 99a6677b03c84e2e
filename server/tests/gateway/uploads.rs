//! Bodies: streamed, in parts, in chunks, and what happens to those that are not what they were declared to be.

use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::{ChecksumAlgorithm, CompletedMultipartUpload, CompletedPart};
use sail_cargo_client::protocol::Permission;

use super::gateway_stack::{BUCKET, GatewayStack, code};

const ALL: [Permission; 3] = [Permission::Read, Permission::Write, Permission::Delete];

#[tokio::test]
async fn twenty_mebibytes_pass_as_they_are() {
    let test = GatewayStack::start().await;
    test.grant("ada", "", &ALL).await;
    let s3 = test.s3_of("ada").await;
    let bytes: Vec<u8> = (0..20u32 << 20).map(|at| (at % 251) as u8).collect();
    let put = s3.put_object().bucket(BUCKET).key("big").body(ByteStream::from(bytes.clone()));
    put.send().await.unwrap();
    let got = s3.get_object().bucket(BUCKET).key("big").send().await.unwrap();
    assert!(got.body.collect().await.unwrap().into_bytes() == bytes);
}

#[tokio::test]
async fn every_checksum_of_the_sdk_is_taken() {
    let test = GatewayStack::start().await;
    test.grant("ada", "", &ALL).await;
    let s3 = test.s3_of("ada").await;
    for algorithm in [
        ChecksumAlgorithm::Crc32,
        ChecksumAlgorithm::Crc32C,
        ChecksumAlgorithm::Crc64Nvme,
        ChecksumAlgorithm::Sha1,
        ChecksumAlgorithm::Sha256,
    ] {
        let put = s3.put_object().bucket(BUCKET).key("sum").checksum_algorithm(algorithm.clone());
        let put = put.body(ByteStream::from_static(b"checked")).send().await;
        assert_eq!(code(put), "ok", "{algorithm}");
    }
}

#[tokio::test]
async fn a_multipart_upload_is_joined() {
    let test = GatewayStack::start().await;
    test.grant("ada", "", &ALL).await;
    let s3 = test.s3_of("ada").await;
    let begun = s3.create_multipart_upload().bucket(BUCKET).key("parts").send().await.unwrap();
    let id = begun.upload_id().unwrap();
    let mut parts = Vec::new();
    for (number, byte) in [(1, b'a'), (2, b'b')] {
        let body = ByteStream::from(vec![byte; 5 << 20]);
        let part = s3.upload_part().bucket(BUCKET).key("parts").upload_id(id).part_number(number);
        let part = part.body(body).send().await.unwrap();
        let done = CompletedPart::builder().part_number(number).e_tag(part.e_tag().unwrap());
        parts.push(done.build());
    }
    let parts = CompletedMultipartUpload::builder().set_parts(Some(parts)).build();
    let complete = s3.complete_multipart_upload().bucket(BUCKET).key("parts").upload_id(id);
    complete.multipart_upload(parts).send().await.unwrap();
    let head = s3.head_object().bucket(BUCKET).key("parts").send().await.unwrap();
    assert_eq!(head.content_length(), Some(10 << 20));
}

#[tokio::test]
async fn an_empty_object_and_one_of_a_byte() {
    let test = GatewayStack::start().await;
    test.grant("ada", "", &ALL).await;
    let s3 = test.s3_of("ada").await;
    for body in [&b""[..], b"x"] {
        let put = s3.put_object().bucket(BUCKET).key("small").body(ByteStream::from_static(body));
        put.send().await.unwrap();
        let got = s3.get_object().bucket(BUCKET).key("small").send().await.unwrap();
        assert_eq!(got.body.collect().await.unwrap().into_bytes(), body);
    }
}
