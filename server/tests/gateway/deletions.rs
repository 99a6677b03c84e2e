//! DeleteObjects: each key by itself.

use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::{Delete, ObjectIdentifier};
use sail_cargo_client::protocol::Permission;

use super::gateway_stack::{BUCKET, GatewayStack};

fn list(keys: &[&str], quiet: bool) -> Delete {
    let object = |key: &&str| ObjectIdentifier::builder().key(*key).build().unwrap();
    let objects = keys.iter().map(object).collect();
    Delete::builder().set_objects(Some(objects)).quiet(quiet).build().unwrap()
}

#[tokio::test]
async fn g14_what_may_be_deleted_is_and_the_rest_is_an_error_of_its_own() {
    let test = GatewayStack::start().await;
    let root = test.root_s3().await;
    for key in ["a/1", "a/2", "b/1"] {
        let body = ByteStream::from_static(b"x");
        root.put_object().bucket(BUCKET).key(key).body(body).send().await.unwrap();
    }
    test.grant("ada", "a/", &[Permission::Delete]).await;
    let ada = test.s3_of("ada").await;
    let keys = list(&["a/1", "b/1", "../evil", "a/2"], false);
    let result = ada.delete_objects().bucket(BUCKET).delete(keys).send().await.unwrap();
    let deleted: Vec<_> = result.deleted().iter().map(|it| it.key().unwrap()).collect();
    assert_eq!(deleted, ["a/1", "a/2"]);
    let errors: Vec<_> =
        result.errors().iter().map(|it| (it.key().unwrap(), it.code().unwrap())).collect();
    assert_eq!(errors, [("b/1", "AccessDenied"), ("../evil", "InvalidURI")]);
    let left = root.list_objects_v2().bucket(BUCKET).send().await.unwrap();
    let left: Vec<_> = left.contents().iter().map(|it| it.key().unwrap()).collect();
    assert_eq!(left, ["b/1"]);
}

#[tokio::test]
async fn g14_if_nothing_is_left_nothing_is_sent_and_quiet_names_failures_only() {
    let test = GatewayStack::start().await;
    test.grant("ada", "a/", &[Permission::Delete]).await;
    let ada = test.s3_of("ada").await;
    let before = test.stack.storage_requests();
    let none = ada.delete_objects().bucket(BUCKET).delete(list(&["b/1"], false)).send().await;
    assert_eq!(none.unwrap().errors().len(), 1);
    assert_eq!(test.stack.storage_requests(), before);
    let quiet = ada.delete_objects().bucket(BUCKET).delete(list(&["a/1", "b/1"], true));
    let quiet = quiet.send().await.unwrap();
    assert_eq!((quiet.deleted().len(), quiet.errors().len()), (0, 1));
}
