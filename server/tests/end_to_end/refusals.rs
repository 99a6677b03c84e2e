//! Requests that the grants do not allow never reach the storage.

use aws_sdk_s3::error::SdkError;
use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::{Delete, ObjectIdentifier};
use sail_cargo_client::protocol::Permission::{Delete as MayDelete, Read, Write};
use sail_cargo_client::protocol::{GrantQuery, PageQuery};
use sail_cargo_middleware::RemoteSigningError;

use crate::test_stack::{BUCKET, TestStack};

/// The code of Cargo's refusal; panics if Cargo did not refuse.
fn denied<T, E: std::error::Error + 'static>(result: Result<T, SdkError<E>>) -> String {
    let error = result.err().expect("it was not refused");
    match RemoteSigningError::find(&error) {
        Some(RemoteSigningError::Denied { code, .. }) => code.clone().unwrap_or_default(),
        other => panic!("{other:?}"),
    }
}

fn delete_all(keys: &[&str]) -> Delete {
    let objects = keys.iter().map(|key| ObjectIdentifier::builder().key(*key).build().unwrap());
    Delete::builder().set_objects(Some(objects.collect())).build().unwrap()
}

#[tokio::test]
async fn a_reader_reads_and_does_nothing_else() {
    let test = TestStack::start().await;
    test.grant("ada", "", &[Write]).await;
    test.grant("bob", "", &[Read]).await;
    let (ada, bob, carl) = (test.s3("ada"), test.s3("bob"), test.s3("carl"));
    let hello = || ByteStream::from_static(b"hello");
    ada.put_object().bucket(BUCKET).key("a").body(hello()).send().await.unwrap();
    bob.get_object().bucket(BUCKET).key("a").send().await.unwrap();
    let before = test.stack.storage_requests();

    let refusals = [
        denied(ada.get_object().bucket(BUCKET).key("a").send().await),
        denied(ada.delete_object().bucket(BUCKET).key("a").send().await),
        denied(ada.copy_object().bucket(BUCKET).key("b").copy_source("photos/a").send().await),
        denied(bob.put_object().bucket(BUCKET).key("b").body(hello()).send().await),
        denied(bob.create_multipart_upload().bucket(BUCKET).key("b").send().await),
        denied(bob.delete_objects().bucket(BUCKET).delete(delete_all(&["a"])).send().await),
        denied(carl.head_bucket().bucket(BUCKET).send().await),
        denied(carl.list_objects_v2().bucket("nowhere").send().await),
    ];
    assert!(refusals.iter().all(|code| code == "no_permission"), "{refusals:?}");
    assert_eq!(denied(bob.list_buckets().send().await), "root_only");
    assert_eq!(denied(ada.create_bucket().bucket("new").send().await), "root_only");
    assert_eq!(denied(ada.delete_bucket().bucket(BUCKET).send().await), "root_only");
    assert_eq!(test.stack.storage_requests(), before, "the storage was asked");
    let carls = test.user("carl").buckets(&PageQuery::default()).await.unwrap();
    assert_eq!(carls.items, []);
}

#[tokio::test]
async fn deleting_many_is_judged_key_by_key() {
    let test = TestStack::start().await;
    test.grant("ada", "mine/", &[Read, Write, MayDelete]).await;
    let ada = test.s3("ada");
    for key in ["mine/1", "mine/2"] {
        let body = ByteStream::from_static(b"x");
        ada.put_object().bucket(BUCKET).key(key).body(body).send().await.unwrap();
    }
    let mixed = ada.delete_objects().bucket(BUCKET).delete(delete_all(&["mine/1", "yours/1"]));
    let mixed = mixed.send().await.unwrap();
    let refused: Vec<_> = mixed.errors().iter().map(|error| (error.key(), error.code())).collect();
    assert_eq!(refused, [(Some("yours/1"), Some("AccessDenied"))], "it fails itself alone");
    let yours = ada.delete_objects().bucket(BUCKET).delete(delete_all(&["yours/1"]));
    assert_eq!(denied(yours.send().await), "no_permission");
    let mine = ada.delete_objects().bucket(BUCKET).delete(delete_all(&["mine/1", "mine/2"]));
    mine.send().await.unwrap();
    let left = ada.list_objects_v2().bucket(BUCKET).prefix("mine/").send().await.unwrap();
    assert_eq!(left.contents().len(), 0);
}

#[tokio::test]
async fn a_grant_that_is_taken_away_is_gone_with_the_next_request() {
    let test = TestStack::start().await;
    test.grant("ada", "", &[Write]).await;
    let ada = test.s3("ada");
    let put = || ada.put_object().bucket(BUCKET).key("a").body(ByteStream::from_static(b"x"));
    put().send().await.unwrap();
    test.root().delete_grant(BUCKET, "ada", &GrantQuery::default()).await.unwrap();
    assert_eq!(denied(put().send().await), "no_permission");
}

#[tokio::test]
async fn a_second_start_finds_everything_again() {
    let test = TestStack::start().await;
    test.grant("ada", "", &[Read, Write]).await;
    let put = test.s3("ada").put_object().bucket(BUCKET).key("kept");
    put.body(ByteStream::from_static(b"still here")).send().await.unwrap();
    let TestStack { stack, directory } = test;
    stack.stop().await.unwrap();

    let state = directory.path().join("state");
    let stack = TestStack::start_in(&state).await;
    let test = TestStack { stack, directory };
    let object = test.s3("ada").get_object().bucket(BUCKET).key("kept").send().await.unwrap();
    assert_eq!(object.body.collect().await.unwrap().to_vec(), b"still here");
}
