//! Somebody is not let in: why, and what of it may be told.

use std::fmt;

use super::credentials::HeadersError;
use super::error::AuthnError;
use crate::domain::access_key::AccessKeyId;
use crate::domain::{KeyHolder, KeyId, ProjectId};

/// Why somebody is not let in, and what they showed.
#[derive(Debug)]
pub struct Rejection {
    /// Why.
    pub error: AuthnError,
    /// What was not good enough.
    pub(super) shown: Shown,
    /// The key that was good, beside something that was not.
    pub(super) via_key: Option<KeyId>,
    /// The project of the key, if there is such a key.
    pub(super) project: Option<ProjectId>,
}

/// What was shown, with nothing in it that opens anything: `token`, or `key:8fK2mQ0ZtYb1`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Shown {
    what: &'static str,
    key: Option<KeyId>,
    access_key: Option<AccessKeyId>,
}

impl Rejection {
    /// Headers that cannot be read.
    pub fn unreadable(error: HeadersError) -> Self {
        Self::new(error, Shown::HEADERS)
    }

    /// Somebody who showed this, and no key that is good.
    pub(super) fn new(error: impl Into<AuthnError>, shown: Shown) -> Self {
        Self { error: error.into(), shown, via_key: None, project: None }
    }

    /// With the project of the key that was shown.
    pub(super) fn in_project(self, project: Option<ProjectId>) -> Self {
        Self { project, ..self }
    }

    /// Beside a key that is good.
    pub(super) fn beside(self, key: Option<&KeyHolder>) -> Self {
        let via_key = key.map(|key| key.id.clone());
        Self { via_key, ..self.in_project(key.map(|key| key.project.clone())) }
    }

    /// The key that was claimed, and not proved.
    pub fn claimed_key(&self) -> Option<&KeyId> {
        self.shown.key.as_ref()
    }
}

impl Shown {
    pub(super) const NOTHING: Self = Self::only("nothing");
    pub(super) const HEADERS: Self = Self::only("headers");
    /// So many things that they are not told apart.
    pub(super) const MANY: Self = Self::only("many");

    /// Something that has no name of its own.
    pub(super) const fn only(what: &'static str) -> Self {
        Self { what, key: None, access_key: None }
    }

    /// An access key, by its id.
    pub(super) fn access_key(id: &AccessKeyId) -> Self {
        Self { what: "access-key", key: None, access_key: Some(id.clone()) }
    }

    /// A key, by the part of it that is no secret.
    pub(super) fn key(id: &KeyId) -> Self {
        Self { what: "key", key: Some(id.clone()), access_key: None }
    }
}

/// As the record has it.
impl fmt::Display for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.key, &self.access_key) {
            (Some(id), _) => write!(f, "{}:{id}", self.what),
            (None, Some(id)) => write!(f, "{}:{id}", self.what),
            (None, None) => f.write_str(self.what),
        }
    }
}
