//! Which key opened a session.

use std::fmt;

use crate::access_key::AccessKeyId;
use crate::invalid_name::InvalidName;
use crate::names::KeyId;

/// The id of the key that opened a session. The session ends with that key.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum SessionParent {
    /// An access key.
    AccessKey(AccessKeyId),
    /// An API key: the application's, also where it asks on behalf of a user.
    ApiKey(KeyId),
}

impl SessionParent {
    /// Reads an id. The two kinds differ in length.
    ///
    /// # Errors
    /// [`InvalidName`] if it is an id of neither kind.
    pub(super) fn parse(text: &str) -> Result<Self, InvalidName> {
        AccessKeyId::parse(text)
            .map(Self::AccessKey)
            .or_else(|_| KeyId::parse(text).map(Self::ApiKey))
    }

    /// The id.
    pub fn as_str(&self) -> &str {
        match self {
            Self::AccessKey(id) => id.as_str(),
            Self::ApiKey(id) => id.as_str(),
        }
    }
}

impl fmt::Display for SessionParent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
