//! The operator key: configured, never stored.

use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq as _;

use crate::domain::Secret;

/// The hash of the configured operator key.
pub struct OperatorKey([u8; 32]);

/// The text is no operator key.
#[derive(Debug, thiserror::Error)]
#[error("an operator key starts with `cgop_` and has at least 32 characters after it")]
pub struct InvalidOperatorKey;

impl OperatorKey {
    /// Takes the configured key.
    ///
    /// # Errors
    /// A key without the prefix, or too short to be a secret.
    pub fn parse(text: &Secret) -> Result<Self, InvalidOperatorKey> {
        let text = text.expose().trim();
        match text.strip_prefix("cgop_") {
            Some(secret) if secret.len() >= 32 => Ok(Self(hash(text))),
            _ => Err(InvalidOperatorKey),
        }
    }

    /// Compares in constant time.
    pub fn matches(&self, presented: &str) -> bool {
        self.0.ct_eq(&hash(presented)).into()
    }
}

fn hash(text: &str) -> [u8; 32] {
    Sha256::digest(text).into()
}

impl std::fmt::Debug for OperatorKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("OperatorKey(…)")
    }
}
