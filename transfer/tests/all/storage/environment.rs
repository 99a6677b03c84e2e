//! Configuration by the environment of a separate process.

use std::path::Path;
use std::process::Command;

use sail_cargo_transfer::storage::Storage;

use super::{bucket, keys, start};

/// Runs in the separate process, with the storage of its environment.
#[tokio::test]
#[ignore = "runs in a process of its own, started by the tests below"]
async fn process() {
    let storage = Storage::from_env().unwrap();
    let url = storage.upload("hello", "notes/hello").await.unwrap();
    assert!(url.as_str().starts_with(&std::env::var("EXPECTED").unwrap()), "{url}");
    assert_eq!(keys(&storage, "notes/").await, ["notes/hello"]);
}

/// Runs the process. On failure, returns its output.
async fn run(directory: &Path, variables: &[(&str, &str)]) -> Result<(), String> {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", "storage::environment::process", "--ignored", "--nocapture"]);
    command.env_clear().envs(variables.iter().copied()).current_dir(directory);
    let output = tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
    let printed = [output.stdout, output.stderr].concat();
    let printed = String::from_utf8_lossy(&printed).into_owned();
    assert!(printed.contains("running 1 test"), "{printed}");
    if output.status.success() { Ok(()) } else { Err(printed) }
}

#[tokio::test]
async fn without_cargo_files_are_below_the_current_directory() {
    let directory = tempfile::tempdir().unwrap();
    run(directory.path(), &[("EXPECTED", "file:///")]).await.unwrap();
    let file = directory.path().join(".sail-cargo/files/notes%2F/hello");
    assert_eq!(std::fs::read(file).unwrap(), b"hello");
}

#[tokio::test]
async fn with_cargo_they_are_in_the_bucket() {
    let (storage, authority) = start().await;
    let directory = tempfile::tempdir().unwrap();
    std::fs::write(directory.path().join("key"), authority.api_key().expose()).unwrap();
    let variables = [
        ("SAIL_CARGO_URL", authority.url()),
        ("SAIL_CARGO_BUCKET", "bkt"),
        ("SAIL_CARGO_API_KEY_FILE", "key"),
        ("SAIL_CARGO_PREFIX", "app/"),
        ("EXPECTED", &format!("{}/bkt/app/notes/hello", storage.url)),
    ];
    run(directory.path(), &variables).await.unwrap();
    assert_eq!(keys(&bucket(&authority), "").await, ["app/notes/hello"]);
    let without_url = run(directory.path(), &variables[1..]).await.unwrap_err();
    assert!(without_url.contains("Configuration"), "{without_url}");
    assert!(!directory.path().join(".sail-cargo").exists());
    let nowhere = [&variables[1..], &[("SAIL_CARGO_URL", "nowhere")]].concat();
    let bad_url = run(directory.path(), &nowhere).await.unwrap_err();
    assert!(bad_url.contains("SAIL_CARGO_URL"), "{bad_url}");
}
