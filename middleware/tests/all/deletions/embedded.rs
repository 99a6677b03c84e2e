//! Deletions on a storage that verifies every signature.

use aws_sdk_s3::Client;
use aws_sdk_s3::error::ProvideErrorMetadata;
use aws_sdk_s3::types::{Delete, ObjectIdentifier};
use http::Method;
use sail_cargo_client::protocol::Permission;
use sail_cargo_client::testing::FakeAuthority;
use sail_cargo_middleware::{RemoteSigner, RemoteSigningError, RemoteSigningExt as _};

use super::{delete, deleted, failed};
use crate::harness::{Storage, plain, reason, signed_by, start_with_fake};

/// A storage that does not bind bodies, and a client of `ada`, who may delete below `mine/`.
async fn start() -> (Storage, FakeAuthority, Client) {
    let (storage, authority) = start_with_fake().await;
    authority.binds_bodies(false);
    authority.grant("ada", "bkt/mine/", [Permission::Delete]);
    let ada = signed_by(&storage, RemoteSigner::new(authority.user("ada").unwrap()));
    (storage, authority, ada)
}

fn fill(storage: &Storage, keys: &[impl AsRef<str>]) {
    for key in keys {
        let path = storage.object("bkt", key.as_ref());
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, "x").unwrap();
    }
}

/// The number of POST and DELETE requests so far.
fn sent(storage: &Storage) -> (usize, usize) {
    let seen = storage.seen();
    let of = |method: Method| seen.iter().filter(|seen| seen.method == method).count();
    (of(Method::POST), of(Method::DELETE))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_thousand_keys_are_deleted_by_who_may_delete_below_a_prefix_only() {
    let (storage, authority, ada) = start().await;
    let keys: Vec<_> = (0..1000).map(|n| format!("mine/{n}")).collect();
    fill(&storage, &keys);
    let output = delete(&ada, &keys).await.unwrap();
    assert_eq!(deleted(&output), keys);
    assert!(output.errors().is_empty());
    assert!(keys.iter().all(|key| !storage.object("bkt", key).exists()));
    assert_eq!(sent(&storage), (0, 1000), "the list was not sent");
    let asked = authority.asked();
    assert_eq!(asked[0].refused.as_deref(), Some("body_unbound"));
    let signed = |asked: &sail_cargo_client::testing::SigningAttempt| {
        asked.operation.as_deref() == Some("DeleteObject")
    };
    assert_eq!(asked[1..].iter().filter(|asked| signed(asked)).count(), 1000);
    assert_eq!(asked.len(), 1001, "each was judged once");
}

#[tokio::test]
async fn a_list_is_one_request_where_it_may_be() {
    let (storage, authority, ada) = start().await;
    authority.grant("bob", "bkt", [Permission::Delete]);
    let bob = signed_by(&storage, RemoteSigner::new(authority.user("bob").unwrap()));
    let root = signed_by(&storage, RemoteSigner::new(authority.root().unwrap()));
    for s3 in [&bob, &root] {
        fill(&storage, &["mine/a", "mine/b"]);
        let output = delete(s3, ["mine/a", "mine/b"]).await.unwrap();
        assert_eq!(deleted(&output), ["mine/a", "mine/b"]);
    }
    assert_eq!(sent(&storage), (2, 0), "who may delete in the whole bucket");
    authority.binds_bodies(true);
    delete(&ada, ["mine/a", "mine/b"]).await.unwrap();
    assert_eq!(sent(&storage), (3, 0), "who may not, where the storage binds bodies");
}

#[tokio::test]
async fn a_key_that_is_somebody_elses_is_an_error_of_that_key() {
    let (storage, _authority, ada) = start().await;
    fill(&storage, &["mine/a", "yours/b", "mine/c"]);
    let output = delete(&ada, ["mine/a", "yours/b", "mine/c", "mine/never was"]).await.unwrap();
    assert_eq!(deleted(&output), ["mine/a", "mine/c", "mine/never was"]);
    assert_eq!(failed(&output), [("yours/b", "AccessDenied")]);
    let message = output.errors()[0].message();
    assert_eq!(message, Some("no delete permission on `bkt/yours/b`"));
    assert!(storage.object("bkt", "yours/b").exists() && !storage.object("bkt", "mine/c").exists());
}

#[tokio::test]
async fn a_list_without_any_key_of_the_caller_is_denied() {
    let (storage, _authority, ada) = start().await;
    fill(&storage, &["yours/a", "yours/b"]);
    let error = delete(&ada, ["yours/a", "yours/b"]).await.unwrap_err();
    let RemoteSigningError::Denied { code, .. } = reason(&error) else { panic!("{error:?}") };
    assert_eq!(code.as_deref(), Some("no_permission"));
    assert_eq!(sent(&storage), (0, 0));
}

#[tokio::test]
async fn quiet_mode_returns_only_errors() {
    let (storage, _authority, ada) = start().await;
    fill(&storage, &["mine/a", "yours/b"]);
    let objects = ["mine/a", "yours/b"].map(|key| ObjectIdentifier::builder().key(key).build());
    let objects = objects.into_iter().map(Result::unwrap).collect();
    let list = Delete::builder().set_objects(Some(objects)).quiet(true).build().unwrap();
    let output = ada.delete_objects().bucket("bkt").delete(list).send().await.unwrap();
    assert!(output.deleted().is_empty());
    assert_eq!(failed(&output), [("yours/b", "AccessDenied")]);
    assert!(!storage.object("bkt", "mine/a").exists());
}

#[tokio::test]
async fn what_the_storage_says_of_a_key_is_said() {
    let (storage, _authority, ada) = start().await;
    let keys = ["mine/a", "mine/b", "mine/c"];
    fill(&storage, &keys);
    // Cargo refused the list, so that the first request to arrive is for one key.
    storage.fail_once_with(403, "NotToday");
    let output = delete(&ada, keys).await.unwrap();
    let [(key, "NotToday")] = failed(&output)[..] else { panic!("{output:?}") };
    assert!(storage.object("bkt", key).exists());
    assert_eq!(output.deleted().len(), 2);
}

#[tokio::test]
async fn a_bucket_that_is_not_there_is_the_whole_lists_error() {
    let (storage, _authority, ada) = start().await;
    std::fs::remove_dir(storage.object("bkt", "")).unwrap();
    let error = delete(&ada, ["mine/a", "mine/b"]).await.unwrap_err();
    assert_eq!(error.code(), Some("NoSuchBucket"), "{error:?}");
}

#[tokio::test]
async fn two_signers_do_not_sign_twice() {
    let (storage, authority, _) = start().await;
    let ada = || RemoteSigner::new(authority.user("ada").unwrap());
    let config = plain(&storage.url).remote_signing(ada()).remote_signing(ada());
    let output = delete(&Client::from_conf(config.build()), ["mine/a", "mine/b"]).await.unwrap();
    assert_eq!(deleted(&output), ["mine/a", "mine/b"]);
    assert_eq!((sent(&storage), authority.asked().len()), ((0, 2), 3));
}

/// On a storage that binds bodies, where lists are signed.
#[tokio::test]
async fn one_key_that_cannot_be_signed_fails_itself_and_none_of_its_neighbours() {
    let (storage, authority, ada) = start().await;
    authority.binds_bodies(true);
    let mut keys: Vec<_> = (0..200).map(|n| format!("mine/{n}")).collect();
    fill(&storage, &keys);
    let long = format!("mine/{}", "l".repeat(1025));
    let odd = ["mine/dt=2024%2F01", "mine/a\tb", "mine/../yours/x", &long, "yours/b"];
    for (place, key) in [0, 20, 100, 150, 204].into_iter().zip(odd) {
        keys.insert(place, key.to_owned());
    }
    let output = delete(&ada, &keys).await.unwrap();
    assert_eq!(output.deleted().len(), 200);
    let codes = ["InvalidArgument"; 4].into_iter().chain(["AccessDenied"]);
    assert_eq!(failed(&output), odd.into_iter().zip(codes).collect::<Vec<_>>());
    assert!((0..200).all(|n| !storage.object("bkt", &format!("mine/{n}")).exists()));

    let one = delete(&ada, ["mine/dt=2024%2F01"]).await.unwrap();
    assert_eq!(failed(&one), [("mine/dt=2024%2F01", "InvalidArgument")]);
    let error = delete(&ada, (0..1001).map(|n| format!("mine/{n}%2F"))).await.unwrap_err();
    assert!(matches!(reason(&error), RemoteSigningError::Invalid { .. }), "as S3: {error:?}");
    let error = delete(&ada, ["yours/a", "yours/b"]).await.unwrap_err();
    assert!(matches!(reason(&error), RemoteSigningError::Denied { .. }), "{error:?}");
}
