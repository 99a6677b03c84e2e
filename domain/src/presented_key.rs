//! The format of API keys, and their stored hash.

use sha2::{Digest, Sha256};

use super::names::KeyId;
use super::secret::Secret;

const BRAND: &str = "cgok_live_";
/// The characters of a key.
pub const ALPHABET: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
/// The number of characters of the id.
pub const ID: usize = 12;
/// The number of characters of the secret.
pub const SECRET: usize = 43;
/// The number of characters of the checksum.
pub(super) const CHECKSUM: usize = 6;

/// A well-formed key that a client presented. Not verified yet.
///
/// The format is `cgok_live_` + 12 characters of id + `_` + 43 of secret (256 bits) + 6 of CRC-32,
/// all in `[0-9A-Za-z]`: a double click selects it, and a typo is found without a look-up.
pub struct PresentedKey {
    id: KeyId,
    hash: [u8; 32],
}

impl PresentedKey {
    /// Reads a key; `None` if the text is not well-formed.
    pub fn parse(text: &str) -> Option<Self> {
        let (id, rest) = text.strip_prefix(BRAND)?.split_once('_')?;
        let plain = rest.bytes().all(|byte| byte.is_ascii_alphanumeric());
        if !plain || rest.len() != SECRET + CHECKSUM {
            return None;
        }
        let signed = text.len() - CHECKSUM;
        let id = KeyId::parse(id).ok()?;
        (checksum(&text[..signed]) == text[signed..]).then(|| Self { id, hash: hash(text) })
    }

    /// The public part of the key.
    pub fn id(&self) -> &KeyId {
        &self.id
    }

    /// SHA-256 of the whole key, with a fixed text before it.
    pub fn hash(&self) -> &[u8; 32] {
        &self.hash
    }

    /// Whether `text` is meant to be a key, well-formed or not: it has the prefix `cgok_`.
    pub fn is_meant(text: &str) -> bool {
        text.starts_with("cgok_")
    }
}

/// Prints the id, never the key.
impl std::fmt::Debug for PresentedKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PresentedKey").field("id", &self.id).finish_non_exhaustive()
    }
}

/// Builds a key from an id and a secret, which consist of [`ALPHABET`] and have the lengths [`ID`]
/// and [`SECRET`].
pub fn compose(id: &str, secret: &str) -> Secret {
    let mut key = format!("{BRAND}{id}_{secret}");
    let sum = checksum(&key);
    key.push_str(&sum);
    Secret::new(key)
}

/// CRC-32 as six characters of the alphabet. Detects typos; not a protection.
pub(super) fn checksum(text: &str) -> String {
    let mut rest = crc32fast::hash(text.as_bytes());
    let mut digits = [b'0'; CHECKSUM];
    for digit in digits.iter_mut().rev() {
        *digit = ALPHABET[(rest % 62) as usize];
        rest /= 62;
    }
    digits.iter().copied().map(char::from).collect()
}

/// The stored hash of a key. A fast hash is enough, because a key has 256 bits of entropy.
pub fn hash(key: &str) -> [u8; 32] {
    Sha256::new().chain_update(b"sail-cargo api key\0").chain_update(key).finalize().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_read_back_and_a_typo_is_not() {
        let id = KeyId::parse(&"a1B2c3".repeat(2)).unwrap();
        let key = compose(id.as_str(), &"x".repeat(SECRET));
        let text = key.expose();
        assert_eq!(text.len(), BRAND.len() + ID + 1 + SECRET + CHECKSUM);
        assert_eq!(PresentedKey::parse(text).unwrap().id, id);
        for position in BRAND.len()..text.len() {
            let mut typo = text.as_bytes().to_vec();
            typo[position] = if typo[position] == b'a' { b'b' } else { b'a' };
            let typo = String::from_utf8(typo).unwrap();
            assert!(PresentedKey::parse(&typo).is_none(), "position {position}");
        }
        assert!(PresentedKey::parse("cgok_live_ÄÖ_x").is_none());
    }
}
