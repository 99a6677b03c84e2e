//! A key that was just created.

use crate::domain::{Secret, StoredKey};

/// A key that was just created. Only this answer contains its secret.
#[derive(Debug)]
pub struct MadeKey {
    /// The whole key, with its secret.
    pub key: Secret,
    /// The stored part of the key.
    pub stored: StoredKey,
}
