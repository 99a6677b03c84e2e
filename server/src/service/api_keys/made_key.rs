//! A key that was made.

use crate::domain::{Secret, StoredKey};

/// A key that was made. The answer is the only time it can be seen.
#[derive(Debug)]
pub struct MadeKey {
    /// The key.
    pub key: Secret,
    /// What is stored of it.
    pub stored: StoredKey,
}
