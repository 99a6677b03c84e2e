//! Clients that know Cargo, on a store that only the gateway reaches: they go through it by themselves.

use aws_sdk_s3::presigning::PresigningConfig;
use aws_sdk_s3::primitives::ByteStream;
use futures_util::TryStreamExt as _;
use sail_cargo_client::Client;
use sail_cargo_client::protocol::{GrantQuery, PatchStore, Permission, StoreAccess};
use sail_cargo_middleware::{RemoteSigner, RemoteSigningError, Way};
use sail_cargo_transfer::storage::Storage;
use std::process::Command;
use std::time::Duration;

use super::gateway_stack::{BUCKET, GatewayStack, STORE, eventually};
use super::{database, storages};

const ALL: [Permission; 3] = [Permission::Read, Permission::Write, Permission::Delete];

/// Runs `check` on each database and in front of each storage, with a store that only the gateway reaches,
/// and everything in it granted to ada.
async fn on_both(check: impl AsyncFn(&GatewayStack)) {
    for kind in database::kinds() {
        for storage in [storages::Kind::Embedded, storages::Kind::SeaweedFs] {
            let Some(storage) = storages::Storage::start(storage).await else { continue };
            let test = GatewayStack::before_on(&storage, *kind).await;
            test.close_the_direct_way().await;
            test.grant("ada", "", &ALL).await;
            check(&test).await;
        }
    }
}

fn ada(test: &GatewayStack) -> Client {
    test.user("ada")
}

/// The stable code of Cargo's refusal.
fn refusal<T, E: std::error::Error + 'static>(answer: Result<T, E>) -> String {
    let error = answer.err().unwrap();
    match RemoteSigningError::find(&error) {
        Some(RemoteSigningError::Denied { code: Some(code), message }) => {
            assert!(!message.is_empty());
            code.clone()
        }
        other => panic!("{other:?}: {error:?}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_signer_connects_through_the_gateway_for_users_and_for_the_application() {
    on_both(async |test| {
        for caller in [ada(test), test.root()] {
            let s3 = RemoteSigner::new(caller).connect().await.unwrap();
            let body = ByteStream::from_static(b"meow");
            s3.put_object().bucket(BUCKET).key("cat").body(body).send().await.unwrap();
            let got = s3.get_object().bucket(BUCKET).key("cat").send().await.unwrap();
            assert_eq!(got.body.collect().await.unwrap().to_vec(), b"meow");
            let listed = s3.list_objects_v2().bucket(BUCKET).send().await.unwrap();
            assert_eq!(listed.contents()[0].key(), Some("cat"));
            s3.delete_object().bucket(BUCKET).key("cat").send().await.unwrap();
        }
    })
    .await;
}

/// Also of HEAD, whose answer has no body.
#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_of_the_gateway_reads_as_one_of_the_oracle() {
    on_both(async |test| {
        let s3 = RemoteSigner::new(ada(test)).connect().await.unwrap();
        let body = ByteStream::from_static(b"meow");
        s3.put_object().bucket(BUCKET).key("cat").body(body).send().await.unwrap();
        test.root().delete_grant(BUCKET, "ada", &GrantQuery::default()).await.unwrap();
        let get = || s3.get_object().bucket(BUCKET).key("cat").send();
        eventually("the grant is gone", || async { get().await.is_err() }).await;
        assert_eq!(refusal(get().await), "no_permission");
        assert_eq!(
            refusal(s3.head_object().bucket(BUCKET).key("cat").send().await),
            "no_permission"
        );
        let put = s3.put_object().bucket(BUCKET).key("dog").body(ByteStream::from_static(b"x"));
        assert_eq!(refusal(put.send().await), "no_permission");
    })
    .await;
}

/// Sessions that are ended are followed by new ones, for who may still have them.
#[tokio::test(flavor = "multi_thread")]
async fn a_session_that_was_ended_is_renewed_without_the_caller_noticing() {
    on_both(async |test| {
        let s3 = RemoteSigner::new(ada(test)).connect().await.unwrap();
        let body = ByteStream::from_static(b"meow");
        s3.put_object().bucket(BUCKET).key("cat").body(body).send().await.unwrap();
        let opened = || async {
            let query = sail_cargo_client::protocol::AuditQuery {
                action: Some("session.open".to_owned()),
                ..Default::default()
            };
            test.root().audit_events(&query).await.unwrap().items.len()
        };
        assert_eq!(opened().await, 1);
        test.root().end_user_sessions("ada").await.unwrap();
        eventually("another session", || async {
            s3.head_object().bucket(BUCKET).key("cat").send().await.unwrap();
            opened().await == 2
        })
        .await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_presigned_url_of_the_gateway_comes_from_the_same_call() {
    on_both(async |test| {
        let signer = RemoteSigner::new(ada(test));
        let s3 = signer.connect().await.unwrap();
        let minute = PresigningConfig::expires_in(Duration::from_mins(1)).unwrap();
        let put = s3.put_object().bucket(BUCKET).key("cat");
        let link = signer.presign(put.presigned(minute)).await.unwrap();
        assert_eq!((link.method.as_str(), link.operation.as_str()), ("PUT", "PutObject"));
        assert!(link.url.starts_with(&test.stack.gateway_url));
        let put = reqwest::Client::new().put(&link.url).body("meow").send().await.unwrap();
        assert_eq!(put.status(), 200);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn storages_and_transfers_go_through_the_gateway() {
    on_both(async |test| {
        let storage = Storage::cargo(RemoteSigner::new(ada(test)), BUCKET);
        let bytes: Vec<u8> = (0..20u32 << 20).map(|at| (at % 251) as u8).collect();
        let url = storage.upload(bytes.clone(), "big").await.unwrap();
        assert!(url.as_str().starts_with(&test.stack.gateway_url), "{url}");
        let got = storage.download("big").await.unwrap().collect().await.unwrap().into_bytes();
        assert!(got == bytes);
        let listed: Vec<_> = storage.list("").try_collect().await.unwrap();
        assert_eq!((listed.len(), listed[0].size), (1, 20 << 20));
        storage.delete("big").await.unwrap();
        assert!(storage.list("").try_next().await.unwrap().is_none());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_commands_on_objects_go_through_the_gateway() {
    on_both(async |test| {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("big");
        let bytes: Vec<u8> = (0..20u32 << 20).map(|at| (at % 251) as u8).collect();
        std::fs::write(&file, &bytes).unwrap();
        let (local, back) = (file.to_str().unwrap(), directory.path().join("back"));
        let token = crate::sts::token(test, "ada").await;
        let run = |args: &[&str]| {
            let mut command = Command::new(env!("CARGO_BIN_EXE_sail-cargo"));
            command.args(args).env("SAIL_CARGO_URL", &test.stack.cargo_url);
            command.env("SAIL_CARGO_TOKEN", &token).env("XDG_STATE_HOME", directory.path());
            tokio::task::spawn_blocking(move || command.output().unwrap())
        };
        let place = format!("s3://{BUCKET}/big");
        for args in [
            &["cp", local, &place][..],
            &["ls", &format!("s3://{BUCKET}/")],
            &["cp", &place, back.to_str().unwrap()],
            &["cat", &place],
            &["rm", &place],
        ] {
            let done = run(args).await.unwrap();
            assert!(done.status.success(), "{args:?}: {}", String::from_utf8_lossy(&done.stderr));
        }
        assert!(std::fs::read(&back).unwrap() == bytes);
        test.root().delete_grant(BUCKET, "ada", &GrantQuery::default()).await.unwrap();
        let refused = run(&["cp", local, &place]).await.unwrap();
        let said = String::from_utf8_lossy(&refused.stderr);
        assert_eq!(refused.status.code(), Some(3), "{said}");
        assert!(said.contains("denied"), "{said}");
    })
    .await;
}

/// Whether the last PutObject on record went through the gateway.
async fn was_put_through_the_gateway(test: &GatewayStack, key: &str) -> bool {
    let query = sail_cargo_client::protocol::AuditQuery {
        bucket: Some(BUCKET.to_owned()),
        ..Default::default()
    };
    let events = test.root().audit_events(&query).await.unwrap().items;
    let is_put = |of: Option<&str>, action: &str| of == Some(key) && action.ends_with("PutObject");
    let puts = events.iter().filter(|event| is_put(event.key.as_deref(), &event.action));
    let allowed = puts.filter(|event| event.reason == "ok");
    let details: Vec<_> = allowed.map(|event| event.detail.as_str()).collect();
    assert!(!details.is_empty(), "{key}");
    details.iter().any(|detail| detail.starts_with("gateway: "))
}

/// Content that is sent once only: the SDK repeats no attempt with it.
fn once(bytes: &'static [u8]) -> ByteStream {
    let frames = futures_util::stream::iter([Ok::<_, std::io::Error>(http_body::Frame::data(
        bytes::Bytes::from_static(bytes),
    ))]);
    ByteStream::from_body_1_x(http_body_util::StreamBody::new(frames))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_running_client_follows_a_store_that_is_switched_without_its_caller_noticing() {
    for kind in database::kinds() {
        let test = &GatewayStack::start_on(*kind).await;
        test.grant("ada", "", &ALL).await;
        let signer = RemoteSigner::new(ada(test));
        let (s3, other) = (signer.connect().await.unwrap(), signer.clone());
        let storage = Storage::cargo(RemoteSigner::new(ada(test)), BUCKET);
        let (shop, till) = (RemoteSigner::new(test.root()), RemoteSigner::new(ada(test)));
        let (books, desk) = (shop.connect().await.unwrap(), till.connect().await.unwrap());
        let put = async |key: &str| {
            let put = s3.put_object().bucket(BUCKET).key(key).content_length(4);
            put.body(once(b"meow")).send().await.unwrap();
        };
        put("before").await;
        let at_storage = storage.upload("meow", "stored").await.unwrap();
        assert!(!at_storage.as_str().starts_with(&test.stack.gateway_url));
        assert!(!was_put_through_the_gateway(test, "before").await);
        assert!(matches!(signer.way(), Some(Way::Direct { .. })));

        test.close_the_direct_way().await;
        put("after").await;
        assert!(was_put_through_the_gateway(test, "after").await);
        assert!(matches!(other.way(), Some(Way::Gateway(_))));
        let got = s3.get_object().bucket(BUCKET).key("after").send().await.unwrap();
        assert_eq!(got.body.collect().await.unwrap().to_vec(), b"meow");
        let at_gateway = storage.upload("meow", "stored").await.unwrap();
        assert!(at_gateway.as_str().starts_with(&test.stack.gateway_url), "{at_gateway}");
        let listed: Vec<_> = storage.list("").try_collect().await.unwrap();
        assert_eq!(listed.len(), 3);
        // Whatever comes first after the switch: a new bucket, a URL.
        books.create_bucket().bucket("books").send().await.unwrap();
        books.delete_bucket().bucket("books").send().await.unwrap();
        let minute = PresigningConfig::expires_in(Duration::from_mins(1)).unwrap();
        let get = desk.get_object().bucket(BUCKET).key("after");
        let link = till.presign(get.presigned(minute)).await.unwrap();
        assert!(link.url.starts_with(&test.stack.gateway_url), "{}", link.url);
        let opened = reqwest::get(&link.url).await.unwrap();
        assert_eq!((opened.status().as_u16(), &*opened.text().await.unwrap()), (200, "meow"));
        // A refusal of the gateway stays one.
        test.root().delete_grant(BUCKET, "ada", &GrantQuery::default()).await.unwrap();
        let get = || s3.get_object().bucket(BUCKET).key("after").send();
        eventually("the grant is gone", || async { get().await.is_err() }).await;
        assert_eq!(refusal(get().await), "no_permission");
        test.grant("ada", "", &ALL).await;
        eventually("the grant is there", || async { get().await.is_ok() }).await;

        let access = Some(StoreAccess::Direct);
        let patch = PatchStore { access, ..PatchStore::default() };
        test.operator().patch_store(STORE, &patch).await.unwrap();
        signer.storage().await.unwrap();
        put("again").await;
        assert!(!was_put_through_the_gateway(test, "again").await);
    }
}
