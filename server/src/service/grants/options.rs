//! What grants shall be, how they are changed, and what that did.

use crate::domain::{GrantKey, GrantState, NewGrant, Permissions};

/// What a grant must be before it is changed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Precondition {
    /// Anything.
    #[default]
    None,
    /// There must be none.
    Absent,
    /// There must be one.
    Present,
    /// It must have been changed last by this revision.
    Revision(i64),
}

/// What one grant shall be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GrantEdit {
    /// Which one.
    pub(super) key: GrantKey,
    /// What it shall say; taken away when `None`.
    pub(super) put: Option<GrantState>,
    /// What it must be before.
    pub(super) precondition: Precondition,
}

impl GrantEdit {
    /// Gives a grant, or replaces the one that is there, if that is as `precondition` has it.
    pub fn give(new: NewGrant, precondition: Precondition) -> Self {
        let (key, state) = new.into_parts();
        Self { key, put: Some(state), precondition }
    }

    /// Takes a grant away, if it is as `precondition` has it.
    pub const fn take(key: GrantKey, precondition: Precondition) -> Self {
        Self { key, put: None, precondition }
    }

    /// Which grant it is about.
    pub const fn key(&self) -> &GrantKey {
        &self.key
    }
}

/// How grants are changed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct EditOptions {
    /// Not at all: what would happen is the answer.
    pub dry_run: bool,
    /// Even if a bucket loses its last admin who does not expire.
    pub force: bool,
}

/// What changing grants did, or would do.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EditSummary {
    /// Grants that are new.
    pub created: u64,
    /// Grants that say something else.
    pub updated: u64,
    /// Grants that are gone.
    pub deleted: u64,
    /// Grants that were so already.
    pub unchanged: u64,
    /// Who gains and loses what; of a dry run only.
    pub effects: Vec<AccessDelta>,
}

/// What somebody can do that they could not, or can do no more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccessDelta {
    /// Where, and whom it is about.
    pub key: GrantKey,
    /// What they could not do before.
    pub gains: Permissions,
    /// What they cannot do any more.
    pub loses: Permissions,
}
