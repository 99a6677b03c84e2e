//! A secret on the wire.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A password or a token: a text in JSON that no log shows.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SecretText(String);

impl SecretText {
    /// Takes the text out of sight.
    pub const fn new(text: String) -> Self {
        Self(text)
    }

    /// The text. Nobody writes it anywhere but where it is used.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

/// Shows nothing of the text, not even its length.
impl fmt::Debug for SecretText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretText(…)")
    }
}
