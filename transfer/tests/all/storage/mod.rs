//! Tests of `Storage`, with a local directory and with Cargo.

mod both;
mod cargo;
mod environment;
mod local;

use futures_util::stream;
use sail_cargo_client::testing::FakeAuthority;
use sail_cargo_middleware::RemoteSigner;
use sail_cargo_transfer::storage::{Content, Object, Storage, StorageError};

use crate::harness::start_with_fake as start;

/// The bucket, for the application.
fn bucket(authority: &FakeAuthority) -> Storage {
    Storage::cargo(RemoteSigner::new(authority.root().unwrap()), "bkt")
}

async fn read(storage: &Storage, key: &str) -> Result<Vec<u8>, StorageError> {
    Ok(storage.download(key).await?.collect().await.unwrap().to_vec())
}

async fn keys(storage: &Storage, prefix: &str) -> Vec<String> {
    let objects: Vec<Object> = storage.list(prefix).all().await.unwrap();
    objects.into_iter().map(|object| object.key).collect()
}

/// Content that fails after some bytes.
fn broken() -> Content {
    let chunks = [Ok("half of ".into()), Err("the source is gone")];
    Content::stream(stream::iter(chunks))
}
