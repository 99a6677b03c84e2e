//! Transfers with the interceptor, a storage that verifies signatures, and grants that change.

mod copies;
mod downloads;
#[cfg(unix)]
mod nodes;
mod resumed;
mod uploads;

use std::path::PathBuf;
use std::sync::Arc;

use aws_sdk_s3::Client;
use sail_cargo_client::protocol::Permission::{Delete, Read, Write};
use sail_cargo_client::testing::{FakeAuthority, FakeStorage};
use sail_cargo_middleware::{RemoteSigner, RemoteSigningExt as _};
use sail_cargo_transfer::Transfers;

use crate::harness::{ACCESS_KEY, Gate, SECRET_KEY, Storage, plain};

const MIB: usize = 1 << 20;
/// S3's minimum part size.
const PART: usize = 5 * MIB;

/// A storage behind a gate, an authority that signs for it, and the user ada, who may do
/// everything.
struct TestStack {
    storage: Storage,
    gate: Arc<Gate>,
    cargo: Arc<FakeAuthority>,
}

impl TestStack {
    async fn set() -> Self {
        let storage = Storage::start().await;
        storage.make_bucket("bkt");
        let gate = Gate::before(&storage.url).await;
        let signs_for = FakeStorage::at(&gate.url, ACCESS_KEY, SECRET_KEY);
        let cargo = FakeAuthority::start(signs_for).await.unwrap();
        cargo.bucket("bkt");
        let stack = Self { storage, gate: Arc::new(gate), cargo: Arc::new(cargo) };
        stack.allow();
        stack
    }

    fn allow(&self) {
        self.cargo.grant("ada", "bkt", [Read, Write, Delete]);
    }

    fn s3(&self) -> Client {
        let signer = RemoteSigner::new(self.cargo.user("ada").unwrap());
        Client::from_conf(plain(&self.gate.url).remote_signing(signer).build())
    }

    /// One part at a time, so that the failing part is known.
    fn transfers(&self) -> Transfers {
        Transfers::new(self.s3()).part_size(PART as u64).parallel(1)
    }

    /// A path at which no file exists.
    fn path(&self, name: &str) -> PathBuf {
        self.storage.file(b"").with_file_name(name)
    }

    /// The number of requests with this method, and this text in their URI.
    fn arrived(&self, method: &str, part: &str) -> usize {
        let seen = self.storage.seen();
        seen.iter().filter(|seen| seen.method == method && seen.uri.contains(part)).count()
    }
}

/// Bytes without a short period.
fn bytes(len: usize) -> Vec<u8> {
    let mut bytes = vec![0; len];
    for (word, n) in bytes.chunks_mut(4).zip(0_u32..) {
        let length = word.len();
        word.copy_from_slice(&n.wrapping_mul(2_654_435_761).to_le_bytes()[..length]);
    }
    bytes
}
