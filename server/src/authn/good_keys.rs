//! API keys that were valid recently. This list does not authenticate anybody: such a key is still
//! checked when other clients at the same address send too many bad keys.

use quick_cache::sync::Cache;

/// The largest number of keys in the list.
const CAPACITY: usize = 16_384;

/// SHA-256 hashes of whole keys.
#[derive(Debug)]
pub(super) struct GoodKeys(Cache<[u8; 32], ()>);

impl Default for GoodKeys {
    fn default() -> Self {
        Self(Cache::new(CAPACITY))
    }
}

impl GoodKeys {
    /// Whether the key with this hash was valid recently.
    pub(super) fn has(&self, hash: &[u8; 32]) -> bool {
        self.0.get(hash).is_some()
    }

    /// Adds the hash of a valid key.
    pub(super) fn note(&self, hash: &[u8; 32]) {
        if !self.has(hash) {
            self.0.insert(*hash, ());
        }
    }
}
