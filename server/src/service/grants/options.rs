//! What grants shall be, how they are changed, and what that did.

use crate::domain::{GrantKey, GrantState, Permissions};

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
    pub key: GrantKey,
    /// What it shall say; taken away when `None`.
    pub put: Option<GrantState>,
    /// What it must be before.
    pub precondition: Precondition,
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
