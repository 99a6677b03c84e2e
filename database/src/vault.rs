//! Secrets at rest: AES-256-GCM under a master key that is never stored, and keys for other
//! purposes that are derived from it.

use aws_lc_rs::aead::{AES_256_GCM, Aad, NONCE_LEN, Nonce, RandomizedNonceKey};
use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

use crate::domain::Secret;
use crate::error::DatabaseError;

/// The key that seals the stores' secrets: 32 bytes from the environment or a file.
pub struct MasterKey {
    id: String,
    key: RandomizedNonceKey,
    derives: hmac::Key,
}

/// A key for one purpose, derived from the master key. Every replica derives the same one.
pub struct DerivedKey(hmac::Key);

impl DerivedKey {
    /// HMAC-SHA-256 over `parts`, 32 bytes. Each part is framed by its length, so parts cannot run
    /// into one another.
    pub fn tag(&self, parts: &[&[u8]]) -> Vec<u8> {
        self.digest(parts).to_vec()
    }

    /// The same, with the length in the type.
    pub fn digest(&self, parts: &[&[u8]]) -> [u8; 32] {
        let mut digest = [0; 32];
        digest.copy_from_slice(hmac::sign(&self.0, &framed(parts)).as_ref());
        digest
    }

    /// Whether `tag` is the tag of `parts`. Takes constant time.
    pub fn is_tag(&self, tag: &[u8], parts: &[&[u8]]) -> bool {
        hmac::verify(&self.0, &framed(parts), tag).is_ok()
    }
}

/// A key that seals bytes for one purpose, made from the master key: AES-256-GCM.
pub(crate) struct SealingKey(RandomizedNonceKey);

impl SealingKey {
    /// Seals `bytes` for `place`: nonce, ciphertext and tag in one. They open in no other place.
    pub(crate) fn seal(&self, bytes: Vec<u8>, place: &str) -> Result<Vec<u8>, DatabaseError> {
        seal(&self.0, bytes, place)
    }

    /// Opens what [`SealingKey::seal`] sealed; `None` if it does not open.
    pub(crate) fn open(&self, sealed: &[u8], place: &str) -> Option<zeroize::Zeroizing<Vec<u8>>> {
        open(&self.0, sealed, place)
    }
}

fn seal(
    key: &RandomizedNonceKey,
    mut bytes: Vec<u8>,
    place: &str,
) -> Result<Vec<u8>, DatabaseError> {
    let nonce = key
        .seal_in_place_append_tag(Aad::from(place.as_bytes()), &mut bytes)
        .map_err(|_| DatabaseError::Corrupt("sealing failed".to_owned()))?;
    Ok([&nonce.as_ref()[..], &bytes].concat())
}

fn open(
    key: &RandomizedNonceKey,
    sealed: &[u8],
    place: &str,
) -> Option<zeroize::Zeroizing<Vec<u8>>> {
    let (nonce, sealed) = sealed.split_at_checked(NONCE_LEN)?;
    let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
    let mut opened = zeroize::Zeroizing::new(sealed.to_vec());
    let length = key.open_in_place(nonce, Aad::from(place.as_bytes()), &mut opened).ok()?.len();
    opened.truncate(length);
    Some(opened)
}

/// The parts, each after its length as 8 bytes, big endian.
fn framed(parts: &[&[u8]]) -> Vec<u8> {
    let mut all = Vec::new();
    for part in parts {
        all.extend_from_slice(&(part.len() as u64).to_be_bytes());
        all.extend_from_slice(part);
    }
    all
}

/// The text is not a master key.
#[derive(Debug, thiserror::Error)]
#[error("a master key is 32 random bytes in base64: openssl rand -base64 32")]
pub struct InvalidMasterKey;

impl MasterKey {
    /// Parses the key from base64.
    ///
    /// # Errors
    /// [`InvalidMasterKey`] if the text does not encode 32 bytes.
    pub fn parse(text: &Secret) -> Result<Self, InvalidMasterKey> {
        let bytes = STANDARD.decode(text.expose().trim()).map_err(|_| InvalidMasterKey)?;
        let bytes = zeroize::Zeroizing::new(bytes);
        if bytes.len() != 32 {
            return Err(InvalidMasterKey);
        }
        let key = RandomizedNonceKey::new(&AES_256_GCM, &bytes).map_err(|_| InvalidMasterKey)?;
        let derives = hmac::Key::new(hmac::HMAC_SHA256, &bytes);
        Ok(Self { id: hex::encode(&Sha256::digest(&*bytes)[..8]), key, derives })
    }

    /// Generates a new key, in the form that [`MasterKey::parse`] reads.
    ///
    /// # Panics
    /// If the operating system provides no random bytes.
    pub fn generate() -> Secret {
        let mut bytes = zeroize::Zeroizing::new([0_u8; 32]);
        aws_lc_rs::rand::fill(&mut *bytes).expect("the operating system gives random bytes");
        Secret::new(STANDARD.encode(*bytes))
    }

    /// Identifies the key in the rows that it sealed: the first 8 bytes of its SHA-256 in hex. Not
    /// a secret.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Derives the key for the purpose `label`.
    pub(crate) fn derive(&self, label: &str) -> DerivedKey {
        let key = hmac::sign(&self.derives, label.as_bytes());
        DerivedKey(hmac::Key::new(hmac::HMAC_SHA256, key.as_ref()))
    }

    /// Makes the sealing key for the purpose that `label` names, and for no other.
    pub(crate) fn sealing_key(&self, label: &str) -> Result<SealingKey, DatabaseError> {
        let bytes = hmac::sign(&self.derives, label.as_bytes());
        let key = RandomizedNonceKey::new(&AES_256_GCM, bytes.as_ref());
        key.map(SealingKey).map_err(DatabaseError::corrupt)
    }

    /// Seals `secret` with `place` as associated data: nonce, ciphertext and tag in one. It opens
    /// only with the same `place`.
    pub(crate) fn seal(&self, secret: &Secret, place: &str) -> Result<Vec<u8>, DatabaseError> {
        seal(&self.key, secret.expose().as_bytes().to_vec(), place)
    }

    /// Opens what [`MasterKey::seal`] sealed for this `place`.
    pub(crate) fn open(&self, row: &[u8], place: &str) -> Result<Secret, DatabaseError> {
        let wrong = || DatabaseError::Corrupt(format!("the secret of {place} cannot be decrypted"));
        let text = open(&self.key, row, place).ok_or_else(wrong)?;
        String::from_utf8(text.to_vec()).map(Secret::new).map_err(|_| wrong())
    }
}

/// Shows the id of the key, never the key.
impl std::fmt::Debug for MasterKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("MasterKey").field("id", &self.id).finish_non_exhaustive()
    }
}

/// Shows nothing.
impl std::fmt::Debug for DerivedKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("DerivedKey").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_opens_only_under_its_key_and_in_its_place() {
        let key = MasterKey::parse(&MasterKey::generate()).unwrap();
        let other = MasterKey::parse(&MasterKey::generate()).unwrap();
        let secret = Secret::new("wJalrXUtnFEMI/K7MDENG".to_owned());
        let sealed = key.seal(&secret, "store/a").unwrap();
        assert_eq!(key.open(&sealed, "store/a").unwrap().expose(), secret.expose());
        assert!(key.open(&sealed, "store/b").is_err(), "moved to another row");
        assert!(other.open(&sealed, "store/a").is_err(), "another key");
        assert!(key.open(&sealed[..20], "store/a").is_err(), "cut off");
        assert_ne!(sealed, key.seal(&secret, "store/a").unwrap(), "nonces repeat");
        assert!(!sealed.windows(5).any(|window| window == b"wJalr"));
    }

    #[test]
    fn a_tag_is_of_its_key_its_label_and_its_parts() {
        let key = MasterKey::parse(&MasterKey::generate()).unwrap();
        let other = MasterKey::parse(&MasterKey::generate()).unwrap();
        let tag = key.derive("a").tag(&[b"one", b"two"]);
        assert!(key.derive("a").is_tag(&tag, &[b"one", b"two"]), "made anew, it is the same");
        assert!(!key.derive("b").is_tag(&tag, &[b"one", b"two"]), "another label");
        assert!(!other.derive("a").is_tag(&tag, &[b"one", b"two"]), "another master key");
        assert!(!key.derive("a").is_tag(&tag, &[b"onet", b"wo"]), "the same bytes in all");
        assert!(!key.derive("a").is_tag(&tag[..31], &[b"one", b"two"]), "cut off");
        assert!(!format!("{:?}", key.derive("a")).contains("Key("));
    }

    #[test]
    fn only_32_bytes_are_a_master_key() {
        for text in ["", "short", "AAAA", "not base64 at all, is it?"] {
            assert!(MasterKey::parse(&Secret::new(text.to_owned())).is_err(), "{text}");
        }
    }
}
