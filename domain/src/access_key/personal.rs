//! Personal API keys: what a user's programs show as a Bearer.

use std::fmt;

use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;

use super::id::AccessKeyId;
use crate::presented_key::{CHECKSUM, SECRET, checksum};
use crate::secret::Secret;

/// What every personal API key begins with.
const BRAND: &str = "cgpk_live_";

/// A well-formed personal API key that somebody presents. Not verified yet.
///
/// The format is `cgpk_live_`, the id as it is listed, `_`, 43 characters of secret (256 bits) and 6 of CRC-32:
/// that of API keys, so that a double click selects it and a scanner of secrets knows it.
pub struct PersonalKey {
    id: AccessKeyId,
    hash: PersonalKeyHash,
}

/// SHA-256 of a whole personal API key, with a fixed text before it. A fast hash is enough, because a key has 256
/// bits of entropy.
#[derive(Clone)]
pub struct PersonalKeyHash([u8; 32]);

impl PersonalKey {
    /// How many characters of [`ALPHABET`](crate::presented_key::ALPHABET) the secret has.
    pub const SECRET: usize = SECRET;

    /// Reads a key; `None` if the text is not well-formed.
    pub fn parse(text: &str) -> Option<Self> {
        let (id, rest) = text.strip_prefix(BRAND)?.split_once('_')?;
        let is_plain = rest.bytes().all(|byte| byte.is_ascii_alphanumeric());
        if !is_plain || rest.len() != SECRET + CHECKSUM {
            return None;
        }
        let id = AccessKeyId::parse(id).ok()?;
        let (signed, sum) = text.split_at(text.len() - CHECKSUM);
        (checksum(signed) == sum).then(|| Self { id, hash: PersonalKeyHash::of(text) })
    }

    /// Whether `text` is meant to be a personal API key, well-formed or not.
    pub fn is_meant(text: &str) -> bool {
        text.starts_with("cgpk_")
    }

    /// The key of this id and this secret.
    pub fn compose(id: &AccessKeyId, secret: &str) -> Secret {
        let mut key = format!("{BRAND}{id}_{secret}");
        let sum = checksum(&key);
        key.push_str(&sum);
        Secret::new(key)
    }

    /// Its id, which is no secret.
    pub const fn id(&self) -> &AccessKeyId {
        &self.id
    }

    /// Its hash.
    pub const fn hash(&self) -> &PersonalKeyHash {
        &self.hash
    }
}

impl PersonalKeyHash {
    /// The hash of a whole key.
    pub fn of(key: &str) -> Self {
        let hash = Sha256::new().chain_update(b"sail-cargo personal key\0").chain_update(key);
        Self(hash.finalize().into())
    }

    /// A hash as it is stored; `None` if the bytes are none.
    pub fn stored(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }

    /// The bytes, to be stored.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Whether both are of the same key. Compares in constant time.
    pub fn is(&self, other: &Self) -> bool {
        bool::from(self.0.ct_eq(&other.0))
    }
}

/// Prints the id, never the key.
impl fmt::Debug for PersonalKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PersonalKey").field("id", &self.id).finish_non_exhaustive()
    }
}

/// Prints no hash.
impl fmt::Debug for PersonalKeyHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PersonalKeyHash(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_personal_key_is_read_back_and_a_typo_is_not() {
        let id = AccessKeyId::parse("CGAKJ4ZQ2M5T7VB3KX6N").unwrap();
        let key = PersonalKey::compose(&id, &"x".repeat(SECRET));
        let text = key.expose();
        assert!(text.starts_with("cgpk_live_CGAKJ4ZQ2M5T7VB3KX6N_x") && text.len() == 80);
        let read = PersonalKey::parse(text).unwrap();
        assert_eq!(read.id(), &id);
        assert!(read.hash().is(&PersonalKeyHash::of(text)));
        assert!(!format!("{read:?} {:?}", read.hash()).contains("xxx"));
        for position in BRAND.len()..text.len() {
            let mut typo = text.as_bytes().to_vec();
            typo[position] = if typo[position] == b'A' { b'B' } else { b'A' };
            let typo = String::from_utf8(typo).unwrap();
            assert!(PersonalKey::parse(&typo).is_none(), "position {position}");
        }
        for other in ["cgpk_", "cgpk_live_ÄÖ_x", "cgok_live_x", ""] {
            assert!(PersonalKey::parse(other).is_none(), "{other}");
        }
        assert!(PersonalKey::is_meant("cgpk_") && !PersonalKey::is_meant("cgok_live_x"));
    }
}
