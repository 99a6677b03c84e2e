//! API keys, as a caller holds them.

use std::fmt;

use zeroize::Zeroizing;

use crate::{TokenError, kept};

/// A project's API key, or an operator's. Wiped from memory when dropped; never printed.
#[derive(Clone)]
pub struct Key(Zeroizing<String>);

impl Key {
    /// Takes a key as it was shown when it was made.
    pub fn new(key: impl Into<String>) -> Self {
        Self(Zeroizing::new(key.into()))
    }

    /// Reads a key as people keep it, in a file or a variable: white space around it, a byte order
    /// mark, quotation marks and the word `Bearer` are none of it.
    ///
    /// # Errors
    /// There is none, or more than one word.
    pub fn read(text: &str) -> Result<Self, TokenError> {
        Ok(Self::new(kept::bare(text)?))
    }

    /// The key itself.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl From<String> for Key {
    fn from(key: String) -> Self {
        Self::new(key)
    }
}

impl From<&str> for Key {
    fn from(key: &str) -> Self {
        Self::new(key)
    }
}

/// Shows that there is a key, never the key.
impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Key(…)")
    }
}
