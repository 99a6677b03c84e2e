//! What goes up comes down, byte for byte.

use std::collections::BTreeSet;

use aws_sdk_s3::Client as S3;
use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::{CompletedMultipartUpload, CompletedPart, Delete, ObjectIdentifier};
use sail_cargo_client::protocol::Permission::{Delete as MayDelete, Read, Write};

use crate::stage::{BUCKET, Stage};

const MIB: usize = 1024 * 1024;
const KEYS: [&str; 9] = [
    "plain.txt",
    "with space/and more",
    "a+b",
    "100%",
    "%41 is not A",
    "ünïcödé/日本語 😀",
    "q=1&r=2",
    "~tilde~(x)!'*",
    "a;b,c:d@e$f",
];

fn bytes(length: usize) -> Vec<u8> {
    (0_u32..).flat_map(|n| n.wrapping_mul(2_654_435_761).to_le_bytes()).take(length).collect()
}

async fn get(s3: &S3, key: &str) -> Vec<u8> {
    let object = s3.get_object().bucket(BUCKET).key(key).send().await.unwrap();
    object.body.collect().await.unwrap().to_vec()
}

async fn multipart(s3: &S3, key: &str, content: &[u8]) {
    let upload = s3.create_multipart_upload().bucket(BUCKET).key(key).send().await.unwrap();
    let id = upload.upload_id().unwrap();
    let mut parts = Vec::new();
    for (number, part) in (1..).zip(content.chunks(5 * MIB)) {
        let body = ByteStream::from(part.to_vec());
        let sent = s3.upload_part().bucket(BUCKET).key(key).upload_id(id).part_number(number);
        let etag = sent.body(body).send().await.unwrap().e_tag;
        parts.push(CompletedPart::builder().part_number(number).set_e_tag(etag).build());
    }
    let all = CompletedMultipartUpload::builder().set_parts(Some(parts)).build();
    let complete = s3.complete_multipart_upload().bucket(BUCKET).key(key).upload_id(id);
    complete.multipart_upload(all).send().await.unwrap();
}

/// Everything a user does in a day, with every awkward key.
pub(crate) async fn a_day(root: &S3, s3: &S3) {
    for key in KEYS {
        for length in [0, 1] {
            let put = s3.put_object().bucket(BUCKET).key(key);
            put.body(ByteStream::from(bytes(length))).send().await.unwrap();
            assert_eq!(get(s3, key).await, bytes(length), "{key}");
        }
        s3.head_object().bucket(BUCKET).key(key).send().await.unwrap();
    }
    let listed = s3.list_objects_v2().bucket(BUCKET).send().await.unwrap();
    let names: BTreeSet<_> = listed.contents().iter().filter_map(|object| object.key()).collect();
    assert_eq!(names, KEYS.into());
    let old = s3.list_objects().bucket(BUCKET).prefix("with space/").send().await.unwrap();
    assert_eq!(old.contents().len(), 1);

    let copy = s3.copy_object().bucket(BUCKET).key("copy of ü");
    copy.copy_source(format!("{BUCKET}/a%2Bb")).send().await.unwrap();
    assert_eq!(get(s3, "copy of ü").await, bytes(1));

    let objects = KEYS.map(|key| ObjectIdentifier::builder().key(key).build().unwrap()).to_vec();
    let delete = Delete::builder().set_objects(Some(objects)).build().unwrap();
    s3.delete_objects().bucket(BUCKET).delete(delete).send().await.unwrap();
    s3.delete_object().bucket(BUCKET).key("copy of ü").send().await.unwrap();
    let left = s3.list_objects_v2().bucket(BUCKET).send().await.unwrap();
    assert_eq!(left.contents().len(), 0);
    root.delete_bucket().bucket(BUCKET).send().await.unwrap();
}

async fn a_day_on_the_stage() {
    let stage = Stage::set().await;
    stage.grant("ada", "", &[Read, Write, MayDelete]).await;
    a_day(&stage.root_s3(), &stage.s3("ada")).await;
}

/// An upload in parts that is completed, and one that is given up.
pub(crate) async fn multipart_day(s3: &S3) {
    let (key, content) = ("parts/ü + 1.bin", bytes(12 * MIB));
    multipart(s3, key, &content).await;
    assert!(get(s3, key).await == content);
    let upload = s3.create_multipart_upload().bucket(BUCKET).key("parts/left").send().await;
    let upload = upload.unwrap();
    let abort = s3.abort_multipart_upload().bucket(BUCKET).key("parts/left");
    abort.upload_id(upload.upload_id().unwrap()).send().await.unwrap();
    s3.delete_object().bucket(BUCKET).key(key).send().await.unwrap();
}

#[tokio::test]
async fn awkward_keys_on_one_thread() {
    a_day_on_the_stage().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn awkward_keys_on_many_threads() {
    a_day_on_the_stage().await;
}

#[tokio::test]
async fn twenty_mebibytes_streamed_from_a_file_come_back() {
    let stage = Stage::set().await;
    stage.grant("ada", "", &[Read, Write]).await;
    let (s3, content) = (stage.s3("ada"), bytes(20 * MIB));
    let path = stage.directory.path().join("big");
    std::fs::write(&path, &content).unwrap();
    let body = ByteStream::from_path(&path).await.unwrap();
    s3.put_object().bucket(BUCKET).key("big file.bin").body(body).send().await.unwrap();
    assert!(get(&s3, "big file.bin").await == content);
}

#[tokio::test]
async fn twelve_mebibytes_in_parts_come_back() {
    let stage = Stage::set().await;
    stage.grant("ada", "parts/", &[Read, Write, MayDelete]).await;
    multipart_day(&stage.s3("ada")).await;
}
