//! API keys.

use std::fmt;

use zeroize::Zeroizing;

use crate::{TokenError, kept};

/// The API key of a project or of an operator. Wiped from memory when dropped; never printed.
#[derive(Clone)]
pub struct Key(Zeroizing<String>);

impl Key {
    /// Wraps a key as Cargo returned it.
    pub fn new(key: impl Into<String>) -> Self {
        Self(Zeroizing::new(key.into()))
    }

    /// Reads a key as people store it, in a file or a variable. Drops surrounding white space, a
    /// byte order mark, quotation marks and the word `Bearer`.
    ///
    /// # Errors
    /// A [`TokenError`] if the text has no word, or more than one.
    pub fn read(text: &str) -> Result<Self, TokenError> {
        Ok(Self::new(kept::bare(text)?))
    }

    /// The text of the key.
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

/// Prints that there is a key, never the key.
impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Key(…)")
    }
}
