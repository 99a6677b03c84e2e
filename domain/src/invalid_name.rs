//! Why a text is not a valid name.

use std::fmt;

/// Why a text is not a valid name of its kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub struct InvalidName {
    /// The rule that the text breaks, or a description of the error.
    rule: &'static str,
    /// The offending character, if it is one character.
    character: Option<char>,
}

impl InvalidName {
    pub(super) const fn new(rule: &'static str) -> Self {
        Self { rule, character: None }
    }

    /// An error about one character.
    pub(super) const fn of(rule: &'static str, character: char) -> Self {
        Self { rule, character: Some(character) }
    }
}

/// A sentence. Names a character by its code point, because it may be invisible.
impl fmt::Display for InvalidName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.rule)?;
        self.character.map_or(Ok(()), |character| write!(f, " U+{:04X}", u32::from(character)))
    }
}
