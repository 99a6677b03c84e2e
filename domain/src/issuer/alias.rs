//! The name before the ids of an issuer's users.

use std::fmt;
use std::sync::Arc;

use crate::invalid_name::InvalidName;
use crate::names::SubjectId;

/// An alias: `[a-z][a-z0-9-]{0,30}`. The user `1` of the issuer `okta` is `okta:1`. The default issuer has
/// none.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct IssuerAlias(Arc<str>);

/// What stands between an alias and a name.
const SEPARATOR: char = ':';

/// Maximum bytes of an alias.
const MAX: usize = 31;

impl IssuerAlias {
    /// How the default issuer is called where an alias is asked for. No issuer has this alias.
    pub const DEFAULT: &'static str = "default";

    /// Reads an alias.
    ///
    /// # Errors
    /// [`InvalidName`] with the rule that the text breaks.
    pub fn parse(text: &str) -> Result<Self, InvalidName> {
        let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        let starts = text.bytes().next().is_some_and(|byte| byte.is_ascii_lowercase());
        if !starts || text.len() > MAX || !text.bytes().all(plain) {
            return Err(InvalidName::new("1 to 31 of a-z, 0-9 and -, starting with a letter"));
        }
        if text == Self::DEFAULT {
            return Err(InvalidName::new("`default` is the issuer without an alias"));
        }
        Ok(Self(text.into()))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// A name of the issuer with its alias: `okta:1`.
    ///
    /// # Errors
    /// [`InvalidName`] if the name, or both together, are no valid name.
    pub fn name(&self, name: &str) -> Result<SubjectId, InvalidName> {
        SubjectId::parse_new(name)?;
        SubjectId::parse_new(&format!("{self}{SEPARATOR}{name}"))
    }

    /// Whether `name` reads as a name of this issuer.
    pub fn is_before(&self, name: &str) -> bool {
        name.strip_prefix(self.as_str()).is_some_and(|rest| rest.starts_with(SEPARATOR))
    }
}

impl fmt::Display for IssuerAlias {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
