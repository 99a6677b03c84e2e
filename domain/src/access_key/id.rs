//! What an access key is called.

use std::fmt;
use std::sync::Arc;

use crate::invalid_name::InvalidName;

/// What every access key id begins with.
const BRAND: &str = "CGAK";
/// The characters behind it: base32 (RFC 4648 §6), so that five bits of each random byte make one.
const ALPHABET: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/// How many random bytes, and characters, stand behind the brand.
pub(crate) const RANDOM: usize = 16;

/// Whether `text` is `brand` and 16 characters of base32.
pub(crate) fn is_branded(brand: &str, text: &str) -> bool {
    let random = text.strip_prefix(brand).unwrap_or_default();
    random.len() == RANDOM && random.bytes().all(|byte| ALPHABET.contains(&byte))
}

/// `brand` and the 16 characters of base32 that these random bytes make.
pub(crate) fn branded(brand: &str, bytes: [u8; RANDOM]) -> String {
    let random = bytes.iter().map(|byte| char::from(ALPHABET[usize::from(byte % 32)]));
    brand.chars().chain(random).collect()
}

/// The id of an access key: `CGAK` and 16 characters of base32, 80 random bits. No secret.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AccessKeyId(Arc<str>);

impl AccessKeyId {
    /// How many random bytes an id is made of.
    pub const RANDOM: usize = RANDOM;

    /// Reads an id.
    ///
    /// # Errors
    /// Anything else than `CGAK` and 16 characters of base32.
    pub fn parse(text: &str) -> Result<Self, InvalidName> {
        if is_branded(BRAND, text) {
            return Ok(Self(text.into()));
        }
        Err(InvalidName::new("`CGAK` and 16 of A-Z and 2-7"))
    }

    /// The id that these random bytes make.
    pub fn from_random(bytes: [u8; Self::RANDOM]) -> Self {
        Self(branded(BRAND, bytes).into())
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for AccessKeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
