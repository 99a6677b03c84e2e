//! The id of a session.

use std::fmt;
use std::sync::Arc;

use crate::access_key::id::{RANDOM, branded, is_branded};
use crate::invalid_name::InvalidName;

/// What every session id begins with.
const BRAND: &str = "CGAS";

/// The id of a session, which is its access key id: `CGAS` and 16 characters of base32, 80 random bits.
/// It is no secret.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SessionId(Arc<str>);

impl SessionId {
    /// How many random bytes an id is made of.
    pub const RANDOM: usize = RANDOM;

    /// Reads an id.
    ///
    /// # Errors
    /// [`InvalidName`] if it is not `CGAS` and 16 characters of base32.
    pub fn parse(text: &str) -> Result<Self, InvalidName> {
        if is_branded(BRAND, text) {
            return Ok(Self(text.into()));
        }
        Err(InvalidName::new("`CGAS` and 16 of A-Z and 2-7"))
    }

    /// The id that these random bytes make.
    pub fn from_random(bytes: [u8; Self::RANDOM]) -> Self {
        Self(branded(BRAND, bytes).into())
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for SessionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
