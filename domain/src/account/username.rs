//! The name that somebody signs in with.

use std::fmt;
use std::sync::Arc;

use crate::invalid_name::InvalidName;
use crate::limits::MAX_USERNAME;

/// A username: `[a-z0-9][a-z0-9._-]{0,62}`, no UUID, so that it is never taken for an id.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Username(Arc<str>);

impl Username {
    /// Reads a username, taking A to Z for a to z.
    ///
    /// # Errors
    /// [`InvalidName`] if it breaks the rule.
    pub fn parse(text: &str) -> Result<Self, InvalidName> {
        let text = text.to_ascii_lowercase();
        let letter = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
        let plain = |byte: u8| letter(byte) || matches!(byte, b'.' | b'_' | b'-');
        let begins = text.bytes().next().is_some_and(letter);
        let is_id = uuid::Uuid::try_parse(&text).is_ok();
        if begins && !is_id && text.len() <= MAX_USERNAME && text.bytes().all(plain) {
            return Ok(Self(text.into()));
        }
        Err(InvalidName::new(
            "1 to 63 of a-z, 0-9, `.`, `_` and `-`, starting with a letter or digit, and no UUID",
        ))
    }

    /// The text, in lower case.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Username {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
