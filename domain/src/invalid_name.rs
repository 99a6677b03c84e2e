//! Why a text is no name.

use std::fmt;

/// Why a text is no name of the kind asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub struct InvalidName {
    /// The rule that it breaks, or what is wrong with it.
    rule: &'static str,
    /// The character that is wrong.
    character: Option<char>,
}

impl InvalidName {
    pub(super) const fn new(rule: &'static str) -> Self {
        Self { rule, character: None }
    }

    /// What is wrong is one character.
    pub(super) const fn of(rule: &'static str, character: char) -> Self {
        Self { rule, character: Some(character) }
    }
}

/// A sentence. A character is named by its code point: it may not be one to be seen.
impl fmt::Display for InvalidName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.rule)?;
        self.character.map_or(Ok(()), |character| write!(f, " U+{:04X}", u32::from(character)))
    }
}
