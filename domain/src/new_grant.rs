//! Grants to be written, checked by the rules for new grants.

use sail_cargo_protocol::{GrantLine, PutGrant};

use super::flaw::Flaw;
use super::stored_grant::{GrantKey, GrantState};

/// A grant that satisfies the current rules for new grants. A stored grant may be older than some
/// of the rules.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewGrant {
    key: GrantKey,
    state: GrantState,
}

impl NewGrant {
    /// Reads the content of the grant `key`.
    ///
    /// # Errors
    /// A [`Flaw`] for the first rule that is broken: those of the prefix and the subject, then
    /// those of [`GrantState::parse`].
    pub fn parse(key: GrantKey, put: PutGrant) -> Result<Self, Flaw> {
        key.demand_plain()?;
        let state = GrantState::parse(put, &key.subject)?;
        Ok(Self { key, state })
    }

    /// Reads a grant from one line of an import, key and content.
    ///
    /// # Errors
    /// A [`Flaw`] for the first rule that is broken: those of [`GrantKey::parse`], then those of
    /// [`NewGrant::parse`].
    pub fn parse_line(line: GrantLine) -> Result<Self, Flaw> {
        let key = GrantKey::parse(
            &line.bucket,
            (line.prefix_kind, &line.prefix),
            line.kind,
            &line.subject,
        )?;
        Self::parse(key, line.into())
    }

    /// The key of the grant.
    pub const fn key(&self) -> &GrantKey {
        &self.key
    }

    /// The key and the content of the grant.
    pub fn into_parts(self) -> (GrantKey, GrantState) {
        (self.key, self.state)
    }
}

#[cfg(test)]
mod tests;
