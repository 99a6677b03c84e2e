use super::*;

#[tokio::test]
async fn the_sdk_works_through_the_guard() {
    let root = tempfile::tempdir().unwrap();
    let (storage, s3) = start_filled(&root).await;
    put(&s3, "inbox", "2026/a b+c%25.txt", b"hello").await;
    assert_eq!(get(&s3, "inbox", "2026/a b+c%25.txt").await, b"hello");
    assert_eq!(keys(&s3, "inbox").await, ["2026/a b+c%25.txt"]);
    let copy = s3.copy_object().bucket("inbox").key("copy").copy_source("vault/secret");
    copy.metadata_directive(aws_sdk_s3::types::MetadataDirective::Copy).send().await.unwrap();
    assert_eq!(get(&s3, "inbox", "copy").await, b"secret");
    let head = s3.head_object().bucket("inbox").key("copy").send().await.unwrap();
    assert_eq!(head.content_length(), Some(6));
    s3.delete_object().bucket("inbox").key("copy").send().await.unwrap();
    let one = ObjectIdentifier::builder().key("2026/a b+c%25.txt").build().unwrap();
    let delete = Delete::builder().objects(one).build().unwrap();
    s3.delete_objects().bucket("inbox").delete(delete).send().await.unwrap();
    assert_eq!(keys(&s3, "inbox").await, [""; 0]);
    assert_eq!(s3.list_buckets().send().await.unwrap().buckets().len(), 2);
    assert!(storage.served() >= 12, "{}", storage.served());
}

#[tokio::test]
async fn an_empty_delimiter_is_none() {
    let root = tempfile::tempdir().unwrap();
    let (_storage, s3) = start_filled(&root).await;
    put(&s3, "inbox", "a/b", b"1").await;
    let first = s3.list_objects().bucket("inbox").delimiter("").send().await.unwrap();
    let second = s3.list_objects_v2().bucket("inbox").delimiter("").send().await.unwrap();
    for found in [first.contents(), second.contents()] {
        assert_eq!(found.iter().filter_map(|object| object.key()).collect::<Vec<_>>(), ["a/b"]);
    }
}

#[tokio::test]
async fn an_object_in_parts_is_put_together() {
    let root = tempfile::tempdir().unwrap();
    let (_storage, s3) = start_filled(&root).await;
    // An earlier object, whose checksum must not be returned for the new one.
    put(&s3, "inbox", "big", b"small").await;
    let upload = s3.create_multipart_upload().bucket("inbox").key("big").send().await.unwrap();
    let id = upload.upload_id().unwrap();
    let mut parts = CompletedMultipartUpload::builder();
    for (number, size) in [(1, 5 << 20), (2, 3)] {
        let part = s3.upload_part().bucket("inbox").key("big").upload_id(id).part_number(number);
        let sent = part.body(vec![b'x'; size].into()).send().await.unwrap();
        let part = CompletedPart::builder().part_number(number).e_tag(sent.e_tag().unwrap());
        parts = parts.parts(part.build());
    }
    let parts = parts.build();
    let listed = s3.list_parts().bucket("inbox").key("big").upload_id(id).send().await.unwrap();
    let mut listed: Vec<_> =
        listed.parts().iter().map(|part| (part.part_number(), part.e_tag())).collect();
    listed.sort_unstable();
    let sent: Vec<_> =
        parts.parts().iter().map(|part| (part.part_number(), part.e_tag())).collect();
    assert_eq!(listed, sent, "whoever resumes the upload needs them");
    let complete = s3.complete_multipart_upload().bucket("inbox").key("big").upload_id(id);
    complete.multipart_upload(parts).send().await.unwrap();
    assert_eq!(get(&s3, "inbox", "big").await.len(), (5 << 20) + 3);
}

#[tokio::test]
async fn a_file_is_streamed_with_an_unsigned_payload() {
    let root = tempfile::tempdir().unwrap();
    let (_storage, s3) = start_filled(&root).await;
    let file = root.path().join("upload");
    std::fs::write(&file, vec![b'y'; 300_000]).unwrap();
    let body = ByteStream::from_path(&file).await.unwrap();
    let put = s3.put_object().bucket("inbox").key("streamed").body(body).customize();
    let plain = aws_sdk_s3::Config::builder()
        .request_checksum_calculation(RequestChecksumCalculation::WhenRequired);
    put.config_override(plain).disable_payload_signing().send().await.unwrap();
    assert_eq!(get(&s3, "inbox", "streamed").await.len(), 300_000);
}

#[tokio::test]
async fn chunks_may_come_with_an_unsigned_trailer() {
    let root = tempfile::tempdir().unwrap();
    let (storage, s3) = start_filled(&root).await;
    let headers = [
        ("content-encoding", "aws-chunked"),
        ("x-amz-decoded-content-length", "5"),
        ("x-amz-trailer", "x-amz-checksum-crc32"),
    ];
    let body = "5\r\nhello\r\n0\r\nx-amz-checksum-crc32:NhCmhg==\r\n\r\n";
    let payload = "STREAMING-UNSIGNED-PAYLOAD-TRAILER";
    let headers = signed(&storage, "PUT", "/inbox/x", &headers, payload);
    let answer = send(&storage, "PUT", "/inbox/x", &headers, body).await;
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    assert_eq!(get(&s3, "inbox", "x").await, b"hello");
}

#[tokio::test]
async fn buckets_are_created_before_and_emptied_after_use() {
    let root = tempfile::tempdir().unwrap();
    let (_storage, s3) = start_filled(&root).await;
    let body = ByteStream::from_static(b"x");
    let missing = s3.put_object().bucket("nowhere").key("x").body(body).send().await.unwrap_err();
    assert_eq!(missing.code(), Some("NoSuchBucket"));
    put(&s3, "inbox", "a/b/c", b"x").await;
    let full = s3.delete_bucket().bucket("inbox").send().await.unwrap_err();
    assert_eq!(full.code(), Some("BucketNotEmpty"));
    assert_eq!(full.raw_response().unwrap().status().as_u16(), 409);
    assert_eq!(keys(&s3, "inbox").await, ["a/b/c"]);
    s3.delete_object().bucket("inbox").key("a/b/c").send().await.unwrap();
    s3.delete_bucket().bucket("inbox").send().await.unwrap();
    assert_eq!(s3.list_buckets().send().await.unwrap().buckets().len(), 1);
}

#[tokio::test]
async fn listings_escape_keys_when_they_are_asked_to() {
    let root = tempfile::tempdir().unwrap();
    let (_storage, s3) = start_filled(&root).await;
    for name in ["a b+c%25", "e\u{1b}[31m"] {
        std::fs::create_dir_all(root.path().join("inbox/d ü")).unwrap();
        std::fs::write(root.path().join("inbox").join(name), "x").unwrap();
        std::fs::write(root.path().join("inbox/d ü").join(name), "x").unwrap();
    }
    let plain = s3.list_objects_v2().bucket("inbox").prefix("a").send().await.unwrap();
    assert_eq!(plain.contents()[0].key(), Some("a b+c%25"));
    let url = aws_sdk_s3::types::EncodingType::Url;
    let second = s3.list_objects_v2().bucket("inbox").encoding_type(url.clone()).delimiter("/");
    let second = second.send().await.unwrap();
    let keys: Vec<_> = second.contents().iter().map(|object| object.key().unwrap()).collect();
    assert_eq!(keys, ["a+b%2Bc%2525", "e%1B%5B31m"]);
    assert_eq!(second.common_prefixes()[0].prefix(), Some("d+%C3%BC/"));
    let first = s3.list_objects().bucket("inbox").encoding_type(url).prefix("d ü/").max_keys(1);
    let first = first.send().await.unwrap();
    assert_eq!(first.contents()[0].key(), Some("d+%C3%BC/a+b%2Bc%2525"));
    assert_eq!(first.prefix(), Some("d+%C3%BC/"));
}
