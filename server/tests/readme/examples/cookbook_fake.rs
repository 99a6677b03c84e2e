use sail_cargo_client::protocol::Permission::Read;
use sail_cargo_client::testing::{FakeAuthority, FakeStorage};
use sail_cargo_middleware::RemoteSigner;

// With `#[tokio::test]`.
async fn a_reader_is_told_that_he_may_not_write() {
    // Any S3 that knows these keys: SeaweedFS, MinIO, s3s in the test itself.
    let storage = FakeStorage::at("http://127.0.0.1:9000", "TESTKEY", "test-secret");
    let cargo = FakeAuthority::start(storage).await.unwrap();
    cargo.bucket("photos");
    cargo.grant("bob", "photos/2026/", [Read]);

    let s3 = RemoteSigner::new(cargo.user("bob").unwrap()).connect().await.unwrap();
    // … your code, with this client …

    cargo.fail(1, 503); // how does it take it when Cargo is away?
    cargo.binds_bodies(false); // … on SeaweedFS and rclone, where lists of keys are deleted key by key?
    assert!(cargo.asked().iter().all(|asked| asked.by == "user:bob"));
}
