//! Differences with Cargo: denials, and an unavailable server.

use futures_util::{StreamExt, TryStreamExt, stream};
use sail_cargo_client::protocol::Permission::Read;
use sail_cargo_client::testing::{FakeAuthority, FakeStorage};
use sail_cargo_client::{Client, Credentials, StaticToken};
use sail_cargo_middleware::{RemoteSigner, RemoteSigningError};
use sail_cargo_transfer::storage::{Content, Storage, StorageError};

use super::{broken, bucket, keys, read, start};
use crate::harness::dead_url;

#[tokio::test]
async fn every_call_reports_a_denial_as_one() {
    let (storage, authority) = start().await;
    bucket(&authority).upload("x", "seen").await.unwrap();
    authority.grant("bob", "bkt/open/", [Read]);
    let bob = Storage::cargo(RemoteSigner::new(authority.user("bob").unwrap()), "bkt");
    let before = storage.seen().len();
    let big = Content::stream(stream::iter([Ok::<_, &str>(vec![0; 9 << 20].into())]));
    for error in [
        bob.upload("x", "new").await.map(drop).unwrap_err(),
        bob.upload(big, "new").await.map(drop).unwrap_err(),
        bob.download("seen").await.map(drop).unwrap_err(),
        bob.list("").all().await.map(drop).unwrap_err(),
        bob.delete("seen").await.unwrap_err(),
    ] {
        assert!(error.is_denied() && !error.is_not_found(), "{error:?}");
        let reason = RemoteSigningError::find(&error);
        assert!(matches!(reason, Some(RemoteSigningError::Denied { .. })), "{error:?}");
    }
    assert_eq!(storage.seen().len(), before, "S3 was not asked");
    assert_eq!(keys(&bob, "open/").await, [""; 0]);
}

#[tokio::test]
async fn where_s3_is_is_asked_until_it_is_known() {
    let (_storage, authority) = start().await;
    let once = Client::builder(authority.url())
        .credentials(Credentials::api_key(authority.api_key()))
        .attempts(1);
    let storage = Storage::cargo(RemoteSigner::new(once.build().unwrap()), "bkt");
    authority.fail(1, 503);
    let error = storage.upload("x", "a").await.unwrap_err();
    assert!(matches!(error, StorageError::Whereabouts(RemoteSigningError::Unavailable { .. })));
    let url = storage.url("a").await.unwrap();
    assert_eq!(storage.upload("x", "a").await.unwrap(), url);
    authority.fail(usize::MAX, 503);
    assert_eq!(storage.clone().url("a").await.unwrap(), url, "asked no more");
}

#[tokio::test]
async fn nobody_is_told_so() {
    let (_storage, authority) = start().await;
    let stranger = RemoteSigner::user(authority.url(), StaticToken::new("no token")).unwrap();
    let error = Storage::cargo(stranger, "bkt").list("").all().await.unwrap_err();
    let reason = RemoteSigningError::find(&error);
    assert!(matches!(reason, Some(RemoteSigningError::Unauthenticated { .. })), "{error:?}");
    let nowhere = RemoteSigner::root(dead_url(), "k").unwrap();
    let error = Storage::cargo(nowhere, "bkt").url("a").await.unwrap_err();
    let reason = RemoteSigningError::find(&error);
    assert!(matches!(reason, Some(RemoteSigningError::Unreachable { .. })), "{error:?}");
}

#[tokio::test]
async fn what_s3_says_is_in_the_error() {
    let (_storage, authority) = start().await;
    authority.bucket("not-in-s3");
    let signer = RemoteSigner::new(authority.root().unwrap());
    let error = Storage::cargo(signer, "not-in-s3").list("").all().await.unwrap_err();
    assert!(error.to_string().starts_with("ListObjectsV2 failed: NoSuchBucket"), "{error}");
    assert!(!error.is_denied() && !error.is_not_found());
}

#[tokio::test]
async fn bad_keys_and_broken_streams_send_nothing() {
    let (storage, authority) = start().await;
    let bucket = bucket(&authority);
    bucket.url("a").await.unwrap();
    bucket.upload("x", "a/../b").await.unwrap_err();
    bucket.upload(broken(), "a").await.unwrap_err();
    bucket.list("../").all().await.unwrap_err();
    assert!(storage.seen().is_empty() && authority.asked().is_empty());
}

#[tokio::test]
async fn a_media_type_goes_with_the_content() {
    let (storage, authority) = start().await;
    let file = storage.file(b"png");
    for content in [Content::from("png"), Content::file(file)] {
        bucket(&authority).upload(content.with_type("image/png"), "cat").await.unwrap();
        assert_eq!(storage.last().header("content-type"), "image/png");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_listing_has_many_pages() {
    let (_storage, authority) = start().await;
    let bucket = bucket(&authority);
    let mut expected: Vec<_> = (0..1001).map(|n| format!("many/{n}")).collect();
    let uploads = stream::iter(&expected).map(|key| bucket.upload("", key));
    uploads.buffer_unordered(16).try_collect::<Vec<_>>().await.unwrap();
    expected.sort();
    assert_eq!(keys(&bucket, "many/").await, expected);
    assert_eq!(read(&bucket, "many/1000").await.unwrap(), b"");
}

#[tokio::test]
async fn urls_are_those_the_sdk_asks_for() {
    for (endpoint, virtual_hosted, bucket) in [
        ("http://s3.test:81", false, "bkt"),
        ("https://s3.test", false, "b.kt"),
        ("http://s3.test:81", true, "bkt"),
        ("http://s3.test:81", true, "b.kt"),
        ("https://s3.test", true, "bkt"),
        ("https://s3.test", true, "b.kt"),
        ("http://localhost:82", true, "bkt"),
        ("http://127.0.0.1:82", true, "bkt"),
    ] {
        let keys = FakeStorage { virtual_hosted, ..FakeStorage::at(endpoint, "K", "S") };
        let authority = FakeAuthority::start(keys).await.unwrap();
        let carl = RemoteSigner::new(authority.user("carl").unwrap());
        let storage = Storage::cargo(carl, bucket);
        for key in ["a/b.png", "/a//b/", "ü +%=&?#'()!*~,;:@$", "...", "a\\b", "[|]\"<>^`{}"] {
            storage.download(key).await.unwrap_err();
            let asked = authority.asked().pop().unwrap().request.url;
            let url = storage.url(key).await.unwrap();
            assert_eq!(asked.split('?').next().unwrap(), url.as_str());
        }
    }
}

#[test]
fn no_secret_is_printed() {
    let signer = RemoteSigner::root("http://cargo.test", "the-secret-key").unwrap();
    let printed = format!("{:?}", Storage::cargo(signer, "bkt").below("a/").unwrap());
    assert!(printed.contains("cargo.test") && printed.contains("bkt"), "{printed}");
    assert!(!printed.contains("secret"), "{printed}");
}
