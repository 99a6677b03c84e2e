//! An access key that was made.

use crate::domain::StoredAccessKey;
use crate::domain::access_key::NewKeySecret;

/// An access key that was made. The answer is the only time that its secret can be seen.
#[derive(Debug)]
pub struct MadeAccessKey {
    /// The secret.
    pub secret: NewKeySecret,
    /// What is stored of the key.
    pub stored: StoredAccessKey,
}
