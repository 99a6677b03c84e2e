//! A grant that is to be given.

use sail_cargo_protocol::{GrantLine, PutGrant};

use super::flaw::Flaw;
use super::stored_grant::{GrantKey, GrantState};

/// A grant that may be given: it keeps the rules of today. A grant that is kept already may be
/// older than some of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewGrant {
    key: GrantKey,
    state: GrantState,
}

impl NewGrant {
    /// Reads what the grant `key` shall say.
    ///
    /// # Errors
    /// The first rule that is broken: those of the prefix and the subject, then those of
    /// [`GrantState::parse`].
    pub fn parse(key: GrantKey, put: PutGrant) -> Result<Self, Flaw> {
        key.demand_plain()?;
        let state = GrantState::parse(put, &key.subject)?;
        Ok(Self { key, state })
    }

    /// Reads a grant that is written whole.
    ///
    /// # Errors
    /// The first rule that is broken: those of [`GrantKey::parse`], then those of
    /// [`NewGrant::parse`].
    pub fn parse_line(line: GrantLine) -> Result<Self, Flaw> {
        let key = GrantKey::parse(&line.bucket, &line.prefix, line.kind, &line.subject)?;
        Self::parse(key, line.into())
    }

    /// Which grant it is.
    pub const fn key(&self) -> &GrantKey {
        &self.key
    }

    /// Which grant it is, and what it says.
    pub fn into_parts(self) -> (GrantKey, GrantState) {
        (self.key, self.state)
    }
}

#[cfg(test)]
mod tests;
