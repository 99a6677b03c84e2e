//! Test data.

use std::path::{Path, PathBuf};
use std::sync::LazyLock;

pub(super) const MIB: usize = 1024 * 1024;

/// 20 MiB of bytes that do not repeat.
pub(super) static BYTES: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let mut bytes = Vec::with_capacity(20 * MIB);
    let mut number = 1_u64;
    while bytes.len() < 20 * MIB {
        number = number.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        bytes.extend_from_slice(&number.to_le_bytes());
    }
    bytes
});

/// A file with [`BYTES`].
pub(super) fn file(directory: &Path) -> PathBuf {
    let path = directory.join("twenty MiB");
    std::fs::write(&path, &*BYTES).unwrap();
    path
}
