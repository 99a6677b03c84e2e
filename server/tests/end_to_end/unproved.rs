//! DeleteObjects on a storage that is not proved to check a body against its signed hash: the keys
//! are deleted one by one, without any change to the application.

use aws_sdk_s3::Client as S3;
use aws_sdk_s3::operation::delete_objects::DeleteObjectsOutput;
use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::{Delete, ObjectIdentifier};
use sail_cargo_client::protocol::Permission::{Delete as MayDelete, Read, Write};
use sail_cargo_middleware::RemoteSigner;

use crate::storages::{ACCESS_KEY_ID, Kind, SECRET, Storage};
use crate::test_stack::{BUCKET, TestStack};

/// Keys below `mine/`, where the caller may delete.
const MINE: [&str; 7] =
    ["mine/a", "mine/b c", "mine/d+e", "mine/f&g<h>", "mine/100%", "mine/ü/日本", "mine/'\"!*()"];

async fn sdk(cargo: sail_cargo_client::Client) -> S3 {
    RemoteSigner::new(cargo).connect().await.unwrap()
}

async fn put(s3: &S3, key: &str) {
    let body = ByteStream::from_static(b"x");
    s3.put_object().bucket(BUCKET).key(key).body(body).send().await.unwrap();
}

async fn delete(s3: &S3, keys: impl IntoIterator<Item = &str>) -> DeleteObjectsOutput {
    let objects = keys.into_iter().map(|key| ObjectIdentifier::builder().key(key).build().unwrap());
    let list = Delete::builder().set_objects(Some(objects.collect())).build().unwrap();
    s3.delete_objects().bucket(BUCKET).delete(list).send().await.unwrap()
}

async fn keys(s3: &S3, prefix: &str) -> Vec<String> {
    let listed = s3.list_objects_v2().bucket(BUCKET).prefix(prefix).send().await.unwrap();
    listed.contents().iter().map(|object| object.key().unwrap().to_owned()).collect()
}

/// Creates the bucket. ada may do everything in `mine/`, and write below `ours/`.
async fn act(test: &TestStack) {
    let (root, ada) = (sdk(test.root()).await, sdk(test.user("ada")).await);
    root.create_bucket().bucket(BUCKET).send().await.unwrap();
    test.grant("ada", "mine/", &[Read, Write, MayDelete]).await;
    test.grant("ada", "ours/", &[Write]).await;
    for key in MINE {
        put(&ada, key).await;
    }
    put(&ada, "ours/kept").await;

    let output = delete(&ada, MINE.into_iter().chain(["ours/kept", "mine/never was"])).await;
    let [denied] = output.errors() else { panic!("{output:?}") };
    assert_eq!((denied.key(), denied.code()), (Some("ours/kept"), Some("AccessDenied")));
    assert_eq!(denied.message(), Some("no delete permission on `photos/ours/kept`"));
    assert_eq!(output.deleted().len(), MINE.len() + 1);
    assert_eq!(keys(&root, "mine/").await, [""; 0]);
    assert_eq!(keys(&root, "ours/").await, ["ours/kept"]);
    assert_eq!(delete(&root, ["ours/kept"]).await.deleted().len(), 1, "in one request");
    assert_eq!(keys(&root, "").await, [""; 0]);
}

async fn on_a_storage_nobody_probed(kind: Kind) {
    let Some(storage) = Storage::start(kind).await else { return };
    let test = TestStack::bare().await;
    test.put_unproved_store(&storage.url, ACCESS_KEY_ID, SECRET).await;
    act(&test).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn on_the_embedded_storage_nobody_probed() {
    on_a_storage_nobody_probed(Kind::Embedded).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn on_seaweedfs_nobody_probed() {
    on_a_storage_nobody_probed(Kind::SeaweedFs).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn on_rclone_nobody_probed() {
    on_a_storage_nobody_probed(Kind::Rclone).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn on_rclone_that_was_found_not_to_look_at_bodies() {
    let Some(rclone) = Storage::start(Kind::Rclone).await else { return };
    let test = TestStack::bare().await;
    // On a busy machine rclone breaks off an answer at times.
    let mut tries = 3;
    while let Err(error) = test.try_put_store(&rclone.url, ACCESS_KEY_ID, SECRET).await {
        tries -= 1;
        assert!(error.status() == Some(502) && tries > 0, "{error}");
    }
    act(&test).await;
}
