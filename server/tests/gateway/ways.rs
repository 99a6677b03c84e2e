//! Clients that know Cargo, on a store that only the gateway reaches: they go through it by themselves.

use aws_sdk_s3::presigning::PresigningConfig;
use aws_sdk_s3::primitives::ByteStream;
use futures_util::TryStreamExt as _;
use sail_cargo_client::Client;
use sail_cargo_client::protocol::{GrantQuery, Permission};
use sail_cargo_middleware::{RemoteSigner, RemoteSigningError};
use sail_cargo_transfer::storage::Storage;
use std::process::Command;
use std::time::Duration;

use super::gateway_stack::{BUCKET, GatewayStack, eventually};

const ALL: [Permission; 3] = [Permission::Read, Permission::Write, Permission::Delete];

/// A store that only the gateway reaches, with everything granted to ada.
async fn closed() -> GatewayStack {
    let test = GatewayStack::start().await;
    test.close_the_direct_way().await;
    test.grant("ada", "", &ALL).await;
    test
}

fn ada(test: &GatewayStack) -> Client {
    test.stack.user("ada").unwrap()
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
    let test = closed().await;
    for caller in [ada(&test), test.root()] {
        let s3 = RemoteSigner::new(caller).connect().await.unwrap();
        let body = ByteStream::from_static(b"meow");
        s3.put_object().bucket(BUCKET).key("cat").body(body).send().await.unwrap();
        let got = s3.get_object().bucket(BUCKET).key("cat").send().await.unwrap();
        assert_eq!(got.body.collect().await.unwrap().to_vec(), b"meow");
        let listed = s3.list_objects_v2().bucket(BUCKET).send().await.unwrap();
        assert_eq!(listed.contents()[0].key(), Some("cat"));
        s3.delete_object().bucket(BUCKET).key("cat").send().await.unwrap();
    }
}

/// Also of HEAD, whose answer has no body.
#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_of_the_gateway_reads_as_one_of_the_oracle() {
    let test = closed().await;
    let s3 = RemoteSigner::new(ada(&test)).connect().await.unwrap();
    let body = ByteStream::from_static(b"meow");
    s3.put_object().bucket(BUCKET).key("cat").body(body).send().await.unwrap();
    test.root().delete_grant(BUCKET, "ada", &GrantQuery::default()).await.unwrap();
    let get = || s3.get_object().bucket(BUCKET).key("cat").send();
    eventually("the grant is gone", || async { get().await.is_err() }).await;
    assert_eq!(refusal(get().await), "no_permission");
    assert_eq!(refusal(s3.head_object().bucket(BUCKET).key("cat").send().await), "no_permission");
    let put = s3.put_object().bucket(BUCKET).key("dog").body(ByteStream::from_static(b"x"));
    assert_eq!(refusal(put.send().await), "no_permission");
}

/// Sessions that are ended are followed by new ones, for who may still have them.
#[tokio::test(flavor = "multi_thread")]
async fn a_session_that_was_ended_is_renewed_without_the_caller_noticing() {
    let test = closed().await;
    let s3 = RemoteSigner::new(ada(&test)).connect().await.unwrap();
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
}

#[tokio::test(flavor = "multi_thread")]
async fn a_presigned_url_of_the_gateway_comes_from_the_same_call() {
    let test = closed().await;
    let signer = RemoteSigner::new(ada(&test));
    let s3 = signer.connect().await.unwrap();
    let minute = PresigningConfig::expires_in(Duration::from_mins(1)).unwrap();
    let put = s3.put_object().bucket(BUCKET).key("cat");
    let link = signer.presign(put.presigned(minute)).await.unwrap();
    assert_eq!((link.method.as_str(), link.operation.as_str()), ("PUT", "PutObject"));
    assert!(link.url.starts_with(&test.stack.gateway_url));
    let put = reqwest::Client::new().put(&link.url).body("meow").send().await.unwrap();
    assert_eq!(put.status(), 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn storages_and_transfers_go_through_the_gateway() {
    let test = closed().await;
    let storage = Storage::cargo(RemoteSigner::new(ada(&test)), BUCKET);
    let bytes: Vec<u8> = (0..20u32 << 20).map(|at| (at % 251) as u8).collect();
    let url = storage.upload(bytes.clone(), "big").await.unwrap();
    assert!(url.as_str().starts_with(&test.stack.gateway_url), "{url}");
    let got = storage.download("big").await.unwrap().collect().await.unwrap().into_bytes();
    assert!(got == bytes);
    let listed: Vec<_> = storage.list("").try_collect().await.unwrap();
    assert_eq!((listed.len(), listed[0].size), (1, 20 << 20));
    storage.delete("big").await.unwrap();
    assert!(storage.list("").try_next().await.unwrap().is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_commands_on_objects_go_through_the_gateway() {
    let test = closed().await;
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("big");
    let bytes: Vec<u8> = (0..20u32 << 20).map(|at| (at % 251) as u8).collect();
    std::fs::write(&file, &bytes).unwrap();
    let (local, back) = (file.to_str().unwrap(), directory.path().join("back"));
    let token = crate::sts::token(&test, "ada").await;
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
}
