//! The output and exit codes of `sail-cargo stores put` and `stores test`.

use std::path::Path;
use std::process::Command;

use sail_cargo_client::protocol::ProbeReport;
use sail_cargo_database::MasterKey;
use sail_cargo_server::domain::Secret;

use crate::storage::Storage;
use crate::storages::{ACCESS_KEY_ID, Kind, Nginx, SECRET, SeaweedFs};

struct Operator {
    directory: tempfile::TempDir,
    master_key: Secret,
}

/// The exit code of a command, and its output on both streams.
type Ended = (i32, String, String);

impl Operator {
    fn new() -> Self {
        Self { directory: tempfile::tempdir().unwrap(), master_key: MasterKey::generate() }
    }

    fn database(&self) -> String {
        let file: &Path = self.directory.path();
        format!("sqlite:{}", file.join("cargo.db").display())
    }

    async fn run(&self, arguments: &str) -> Ended {
        let mut command = self.command(arguments);
        command.env("SAIL_CARGO_STORE_SECRET", SECRET);
        Self::end(command).await
    }

    async fn run_without_secret(&self, arguments: &str) -> Ended {
        Self::end(self.command(arguments)).await
    }

    fn command(&self, arguments: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_sail-cargo"));
        command
            .args(arguments.split_whitespace())
            .env("SAIL_CARGO_DATABASE_URL", self.database())
            .env("SAIL_CARGO_MASTER_KEY", self.master_key.expose());
        command
    }

    async fn end(mut command: Command) -> Ended {
        let ended = tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        (ended.status.code().unwrap(), text(ended.stdout), text(ended.stderr))
    }

    async fn put(&self, storage: &Storage, more: &str) -> Ended {
        let url = &storage.url;
        self.run(&format!(
            "stores put main --endpoint {url} --access-key-id {ACCESS_KEY_ID} {more}"
        ))
        .await
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn putting_a_store_probes_it_and_says_what_was_found() {
    let (operator, storage) = (Operator::new(), Storage::lax().await);
    assert_eq!(operator.run("migrate").await.0, 0);
    let (code, report, words) = operator.put(&storage, "").await;
    assert_eq!(code, 1, "{words}");
    assert!(report.contains("R001  ACTS        unsigned x-amz-copy-source"), "{report}");
    assert!(words.contains("can be changed into another (R001, R002, R004"), "{words}");
    assert!(words.contains("so no writes are signed for this store"), "{words}");
    let (_, list, _) = operator.run("stores list").await;
    assert!(list.contains("UNSAFE: no writes are signed"), "{list}");

    let (code, _, words) = operator.put(&storage, "--accept-unsafe-storage").await;
    assert_eq!(code, 0, "{words}");
    assert!(words.contains("UNSAFE, and accepted"), "{words}");
    let (code, json, _) = operator.run("stores test main -o json").await;
    let report: ProbeReport = serde_json::from_str(&json).unwrap();
    assert!(code == 1 && !report.safe);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_may_be_put_without_a_probe_and_tested_later() {
    let (operator, storage) = (Operator::new(), Storage::guarded().await);
    assert_eq!(operator.run("migrate").await.0, 0);
    let (code, _, words) = operator.put(&storage, "--no-probe").await;
    assert!(code == 0 && words.contains("unproved"), "{words}");
    let (code, _, words) = operator.run("stores test main").await;
    assert!(code == 0 && words.contains("safe: no change to a signed request"), "{words}");
    drop(storage);
    let (code, report, words) = operator.run("stores test main").await;
    assert!(code == 1 && words.contains("cannot be reached"), "{words}");
    assert_eq!(report, "");
    let (_, list, _) = operator.run("stores list").await;
    assert!(list.trim_end().ends_with("safe"), "the last report stands: {list}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_secret_replaces_no_working_one() {
    let (operator, storage) = (Operator::new(), Storage::guarded().await);
    assert_eq!(operator.run("migrate").await.0, 0);
    assert_eq!(operator.put(&storage, "").await.0, 0);
    let typo = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(typo.path(), "a-typo").unwrap();
    let (url, file) = (&storage.url, typo.path().display());
    let put = format!(
        "stores put main --endpoint {url} --access-key-id {ACCESS_KEY_ID} --secret-file {file}"
    );
    let (code, _, words) = operator.run_without_secret(&put).await;
    assert!(code == 1 && words.contains("store main is not saved"), "{words}");
    assert!(words.contains("SignatureDoesNotMatch"), "{words}");
    let (code, _, words) = operator.run("stores test main").await;
    assert_eq!(code, 0, "the old secret works as before: {words}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_storage_is_believed_when_an_authority_that_was_named_vouches_for_it() {
    if !Kind::Proxied.is_here() {
        return;
    }
    let (operator, weed) = (Operator::new(), SeaweedFs::start().await);
    let nginx = Nginx::before(&weed.url, weed.front).await;
    assert_eq!(operator.run("migrate").await.0, 0);
    let url = &nginx.https_url;
    let put = format!("stores put main --endpoint {url} --access-key-id {ACCESS_KEY_ID}");
    let (code, _, words) = operator.run(&put).await;
    assert!(code == 1 && words.contains("store main is not saved"), "{words}");
    let authority = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(authority.path(), nginx.certificate.pem().0).unwrap();
    let put = format!("{put} --storage-ca {}", authority.path().display());
    let (code, _, words) = operator.run(&put).await;
    assert!(code == 0 && words.contains("safe: "), "{words}");
}
