//! Edits of grants: their preconditions, options and results.

use crate::domain::{GrantKey, GrantState, NewGrant, Permissions};
use crate::service::handle::UserNames;

/// The state that a grant must have before an edit.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Precondition {
    /// Any state.
    #[default]
    None,
    /// The grant must not exist.
    Absent,
    /// The grant must exist.
    Present,
    /// The grant must exist, last changed by this revision.
    Revision(i64),
}

/// A new state for one grant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GrantEdit {
    /// The grant to edit.
    pub(super) key: GrantKey,
    /// The new state; `None` deletes the grant.
    pub(super) put: Option<GrantState>,
    /// The state that the grant must have before.
    pub(super) precondition: Precondition,
}

impl GrantEdit {
    /// Creates or replaces a grant if `precondition` holds.
    pub fn give(new: NewGrant, precondition: Precondition) -> Self {
        let (key, state) = new.into_parts();
        Self { key, put: Some(state), precondition }
    }

    /// Deletes a grant if `precondition` holds.
    pub const fn take(key: GrantKey, precondition: Precondition) -> Self {
        Self { key, put: None, precondition }
    }

    /// The key of the grant to edit.
    pub const fn key(&self) -> &GrantKey {
        &self.key
    }
}

/// Options for a set of edits.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct EditOptions {
    /// Whether to compute the result without changing anything.
    pub dry_run: bool,
    /// Whether a bucket may lose its last lasting admin.
    pub force: bool,
    /// Who names users. The service sets it.
    pub users: UserNames,
}

/// The result of a set of edits, made or simulated.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EditSummary {
    /// The number of new grants.
    pub created: u64,
    /// The number of changed grants.
    pub updated: u64,
    /// The number of deleted grants.
    pub deleted: u64,
    /// The number of edits that changed nothing.
    pub unchanged: u64,
    /// The effects on the edits' subjects; only filled by a dry run.
    pub effects: Vec<AccessDelta>,
}

/// The permissions that a subject gains and loses through an edit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccessDelta {
    /// The subject, and the part of the bucket.
    pub key: GrantKey,
    /// The permissions that the subject did not have before.
    pub gains: Permissions,
    /// The permissions that the subject no longer has.
    pub loses: Permissions,
}
