//! The name of an account's user for people to read.

use std::fmt;
use std::sync::Arc;

use crate::invalid_name::InvalidName;
use crate::limits::MAX_DISPLAY_NAME;
use crate::lookalike::demand_plain;

/// A name in any script: 1 to 100 characters, none of them invisible or a control.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DisplayName(Arc<str>);

impl DisplayName {
    /// Reads a name.
    ///
    /// # Errors
    /// [`InvalidName`] if it is empty, too long, or not what it looks like.
    pub fn parse(text: &str) -> Result<Self, InvalidName> {
        if !(1..=MAX_DISPLAY_NAME).contains(&text.chars().count()) || text.trim() != text {
            return Err(InvalidName::new("1 to 100 characters, no space at the ends"));
        }
        demand_plain(text)?;
        Ok(Self(text.into()))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for DisplayName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
