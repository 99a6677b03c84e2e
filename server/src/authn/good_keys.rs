//! API keys that were good of late. That lets nobody in: only whoever shows one of them is looked at
//! although others at the same address guess.

use quick_cache::sync::Cache;

/// Keys that are noted at most.
const CAPACITY: usize = 16_384;

/// The hashes of whole keys.
#[derive(Debug)]
pub(super) struct GoodKeys(Cache<[u8; 32], ()>);

impl Default for GoodKeys {
    fn default() -> Self {
        Self(Cache::new(CAPACITY))
    }
}

impl GoodKeys {
    /// Whether the key with this hash was good.
    pub(super) fn has(&self, hash: &[u8; 32]) -> bool {
        self.0.get(hash).is_some()
    }

    /// Notes that it is.
    pub(super) fn note(&self, hash: &[u8; 32]) {
        if !self.has(hash) {
            self.0.insert(*hash, ());
        }
    }
}
