//! Object operations of the SDK, over http, against a storage that verifies signatures.

use std::fmt::Write;

use aws_sdk_s3::Client;
use aws_sdk_s3::primitives::{ByteStream, Length};
use aws_sdk_s3::types::{
    CompletedMultipartUpload, CompletedPart, Delete, ObjectIdentifier, ServerSideEncryption,
};

use crate::harness::{Authority, Storage, client, start};

const MIB: usize = 1024 * 1024;
const KEYS: [&str; 8] = [
    "plain.txt",
    "with space",
    "a+b",
    "100%",
    "%41%2F",
    "ünïcödé/日本語 😀",
    "q=1&r=2",
    "~tilde~(x)!'*",
];

/// Bytes without a short period.
fn bytes(len: usize) -> Vec<u8> {
    (0_u32..).flat_map(|n| n.wrapping_mul(2_654_435_761).to_le_bytes()).take(len).collect()
}

async fn get(s3: &Client, key: &str) -> Vec<u8> {
    let object = s3.get_object().bucket("bkt").key(key).send().await.unwrap();
    object.body.collect().await.unwrap().to_vec()
}

async fn put(s3: &Client, key: &str, body: impl Into<ByteStream>) {
    s3.put_object().bucket("bkt").key(key).body(body.into()).send().await.unwrap();
}

/// Checks that every request had a signature, and every signature was used.
fn assert_all_signed(storage: &Storage, authority: &Authority) {
    let sent: Vec<_> = storage.seen().into_iter().map(|seen| seen.uri).collect();
    let asked: Vec<_> = authority.asked().into_iter().map(|ask| ask.url).collect();
    assert_eq!(sent.iter().map(|uri| format!("{}{uri}", storage.url)).collect::<Vec<_>>(), asked);
}

async fn objects() {
    let (storage, authority) = start().await;
    let s3 = client(&storage, &authority);
    for key in KEYS {
        for len in [0, 1, 3000] {
            let body = bytes(len);
            put(&s3, key, ByteStream::from(body.clone())).await;
            assert_eq!(get(&s3, key).await, body, "{key}");
        }
        let head = s3.head_object().bucket("bkt").key(key).send().await.unwrap();
        assert_eq!(head.content_length(), Some(3000));
        let range = s3.get_object().bucket("bkt").key(key).range("bytes=5-9").send().await.unwrap();
        assert_eq!(range.body.collect().await.unwrap().to_vec(), bytes(10)[5..]);
        s3.delete_object().bucket("bkt").key(key).send().await.unwrap();
        let gone = s3.head_object().bucket("bkt").key(key).send().await.unwrap_err();
        assert!(gone.into_service_error().is_not_found());
    }
    assert_all_signed(&storage, &authority);
}

#[tokio::test]
async fn objects_on_one_thread() {
    objects().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn objects_on_many_threads() {
    objects().await;
}

#[tokio::test]
async fn twenty_mebibytes_are_streamed_from_a_file() {
    let (storage, authority) = start().await;
    let s3 = client(&storage, &authority);
    let content = bytes(20 * MIB);
    let path = storage.file(&content);
    put(&s3, "big file", ByteStream::from_path(&path).await.unwrap()).await;
    let upload = storage.last();
    assert_eq!(upload.header("x-amz-content-sha256"), "STREAMING-UNSIGNED-PAYLOAD-TRAILER");
    assert_eq!(upload.header("content-encoding"), "aws-chunked");
    assert!(upload.header("expect").is_empty() && upload.header("transfer-encoding").is_empty());
    assert!(get(&s3, "big file").await == content);
    assert_all_signed(&storage, &authority);
}

#[tokio::test]
async fn twelve_mebibytes_in_three_parts() {
    let (storage, authority) = start().await;
    let s3 = client(&storage, &authority);
    let content = bytes(12 * MIB);
    let path = storage.file(&content);
    for key in ["parts/a b+é.bin", "parts/=&~%"] {
        let upload = s3.create_multipart_upload().bucket("bkt").key(key).send().await.unwrap();
        let id = upload.upload_id().unwrap();
        let streamed = ByteStream::read_from().path(&path).offset(5 * MIB as u64);
        let streamed = streamed.length(Length::Exact(5 * MIB as u64)).build().await.unwrap();
        let bodies = [
            ByteStream::from(content[..5 * MIB].to_vec()),
            streamed,
            ByteStream::from(content[10 * MIB..].to_vec()),
        ];
        let mut parts = CompletedMultipartUpload::builder();
        for (number, body) in (1..).zip(bodies) {
            let part = s3.upload_part().bucket("bkt").key(key).upload_id(id).part_number(number);
            let part = part.body(body).send().await.unwrap();
            let part = CompletedPart::builder().part_number(number).set_e_tag(part.e_tag);
            parts = parts.parts(part.build());
        }
        let complete = s3.complete_multipart_upload().bucket("bkt").key(key).upload_id(id);
        complete.multipart_upload(parts.build()).send().await.unwrap();
        assert!(get(&s3, key).await == content);
    }
    assert_all_signed(&storage, &authority);
}

#[tokio::test]
async fn an_upload_is_abandoned() {
    let (storage, authority) = start().await;
    let s3 = client(&storage, &authority);
    let upload = s3.create_multipart_upload().bucket("bkt").key("k").send().await.unwrap();
    let abort = s3.abort_multipart_upload().bucket("bkt").key("k");
    abort.set_upload_id(upload.upload_id).send().await.unwrap();
    assert_all_signed(&storage, &authority);
}

#[tokio::test]
async fn copies() {
    let (storage, authority) = start().await;
    let s3 = client(&storage, &authority);
    for key in KEYS {
        put(&s3, key, ByteStream::from(key.as_bytes().to_vec())).await;
        let copy = s3.copy_object().bucket("bkt").key(format!("copy of {key}"));
        copy.copy_source(format!("bkt/{}", escaped(key))).send().await.unwrap();
        assert_eq!(get(&s3, &format!("copy of {key}")).await, key.as_bytes());
    }
    assert!(storage.seen().iter().any(|seen| seen.signed_headers().contains(&"x-amz-copy-source")));
    assert_all_signed(&storage, &authority);
}

fn escaped(key: &str) -> String {
    key.bytes().fold(String::new(), |mut out, byte| {
        write!(out, "%{byte:02X}").unwrap();
        out
    })
}

#[tokio::test]
async fn listings_with_odd_prefixes() {
    let (storage, authority) = start().await;
    let s3 = client(&storage, &authority);
    for key in KEYS {
        put(&s3, key, ByteStream::from_static(b"x")).await;
    }
    for key in KEYS {
        let v1 = s3.list_objects().bucket("bkt").prefix(key).send().await.unwrap();
        let v2 = s3.list_objects_v2().bucket("bkt").prefix(key).max_keys(7).send().await.unwrap();
        let listed = [v1.contents(), v2.contents()].map(|found| found[0].key().unwrap().to_owned());
        assert_eq!(listed, [key, key]);
    }
    for prefix in ["", "nothing/../here//", "日本 %2B", "a b&c=d"] {
        let list = s3.list_objects_v2().bucket("bkt").prefix(prefix).delimiter("/");
        list.start_after("é +").send().await.unwrap();
    }
    s3.list_buckets().send().await.unwrap();
    assert_all_signed(&storage, &authority);
}

#[tokio::test]
async fn the_body_of_delete_objects_reaches_the_authority() {
    let (storage, authority) = start().await;
    let s3 = client(&storage, &authority);
    let mut delete = Delete::builder();
    for key in KEYS {
        put(&s3, key, ByteStream::from_static(b"x")).await;
        delete = delete.objects(ObjectIdentifier::builder().key(key).build().unwrap());
    }
    let deletion = s3.delete_objects().bucket("bkt").delete(delete.build().unwrap());
    assert_eq!(deletion.send().await.unwrap().deleted().len(), KEYS.len());
    let asked = authority.asked();
    assert!(asked.last().unwrap().body.is_some(), "and the stub compares it with the hash");
    assert!(asked.iter().rev().skip(1).all(|ask| ask.body.is_none()));
    let left = s3.list_objects_v2().bucket("bkt").send().await.unwrap();
    assert!(left.contents().is_empty());
    assert_all_signed(&storage, &authority);
}

#[tokio::test]
async fn headers_of_every_kind() {
    let (storage, authority) = start().await;
    let s3 = client(&storage, &authority);
    let put = s3.put_object().bucket("bkt").key("k").body(ByteStream::from_static(b"x"));
    let put = put.content_type("text/plain; charset=utf-8").cache_control("no-cache,  max-age=0");
    let put = put.metadata("spaced", "x  y   z").metadata("empty", "");
    put.server_side_encryption(ServerSideEncryption::Aes256).send().await.unwrap();
    assert_all_signed(&storage, &authority);
}
