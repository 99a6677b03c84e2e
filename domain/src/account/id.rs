//! The id of an account.

use std::fmt;

use crate::invalid_name::InvalidName;
use crate::names::SubjectId;

/// The id of an account, a lower-case UUID. It is the id of its user everywhere.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AccountId(SubjectId);

impl AccountId {
    /// Reads an id.
    ///
    /// # Errors
    /// [`InvalidName`] if the text is no UUID in its usual lower-case form.
    pub fn parse(text: &str) -> Result<Self, InvalidName> {
        match uuid::Uuid::try_parse(text) {
            Ok(id) if id.hyphenated().to_string() == text => SubjectId::parse(text).map(Self),
            _ => Err(InvalidName::new("an account id is a lower-case UUID")),
        }
    }

    /// The id of these bytes of a UUID.
    ///
    /// # Errors
    /// None that could occur: a UUID is a name.
    pub fn from_bytes(bytes: [u8; 16]) -> Result<Self, InvalidName> {
        Self::parse(&uuid::Uuid::from_bytes(bytes).hyphenated().to_string())
    }

    /// The bytes of the UUID.
    pub fn to_bytes(&self) -> [u8; 16] {
        uuid::Uuid::try_parse(self.as_str()).unwrap_or_default().into_bytes()
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// The user, as grants and member lists name them.
    pub const fn user(&self) -> &SubjectId {
        &self.0
    }
}

impl fmt::Display for AccountId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
