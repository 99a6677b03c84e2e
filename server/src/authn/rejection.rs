//! A failed authentication: the reason, and what the audit trail may record of it.

use std::fmt;

use super::credentials::HeadersError;
use super::error::AuthnError;
use super::signer::SignerId;
use crate::domain::{KeyHolder, KeyId, ProjectId};

/// A failed authentication, and a description of the credentials.
#[derive(Debug)]
pub struct Rejection {
    /// The reason.
    pub error: AuthnError,
    /// The credential that failed.
    pub(super) shown: Shown,
    /// The valid API key beside the credential that failed.
    pub(super) via_key: Option<KeyId>,
    /// The project of the API key, if the key exists.
    pub(super) project: Option<ProjectId>,
}

/// A description of credentials, without anything secret: `token`, or `key:8fK2mQ0ZtYb1`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Shown {
    what: &'static str,
    id: Option<Box<ShownId>>,
}

/// The part of a key that is no secret.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum ShownId {
    Key(KeyId),
    Signer(SignerId),
}

impl Rejection {
    /// Headers that cannot be read.
    pub fn unreadable(error: HeadersError) -> Self {
        Self::new(error, Shown::HEADERS)
    }

    /// A failure of the credentials `shown`, without a valid key beside them.
    pub(super) fn new(error: impl Into<AuthnError>, shown: Shown) -> Self {
        Self { error: error.into(), shown, via_key: None, project: None }
    }

    /// Adds the project of the key.
    pub(super) fn in_project(self, project: Option<ProjectId>) -> Self {
        Self { project, ..self }
    }

    /// Adds the valid key that was sent beside the credential that failed, and its project.
    pub(super) fn beside(self, key: Option<&KeyHolder>) -> Self {
        let via_key = key.map(|key| key.id.clone());
        Self { via_key, ..self.in_project(key.map(|key| key.project.clone())) }
    }

    /// The id of the API key, the access key or the session that failed.
    pub fn claimed_id(&self) -> Option<String> {
        self.shown.id.as_deref().map(ToString::to_string)
    }

    /// The id of the API key that failed.
    pub fn claimed_key(&self) -> Option<&KeyId> {
        match self.shown.id.as_deref() {
            Some(ShownId::Key(id)) => Some(id),
            _ => None,
        }
    }
}

impl Shown {
    pub(super) const NOTHING: Self = Self::only("nothing");
    pub(super) const HEADERS: Self = Self::only("headers");
    /// Failures of many clients that are counted together.
    pub(super) const MANY: Self = Self::only("many");

    /// A kind of credentials without an id.
    pub(super) const fn only(what: &'static str) -> Self {
        Self { what, id: None }
    }

    /// An access key or a session, by its access key id.
    pub(super) fn access_key(id: &SignerId) -> Self {
        Self { what: "access-key", id: Some(Box::new(ShownId::Signer(id.clone()))) }
    }

    /// An API key, by its public id.
    pub(super) fn key(id: &KeyId) -> Self {
        Self { what: "key", id: Some(Box::new(ShownId::Key(id.clone()))) }
    }
}

/// The form in the audit record.
impl fmt::Display for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.id.as_deref() {
            Some(id) => write!(f, "{}:{id}", self.what),
            None => f.write_str(self.what),
        }
    }
}

impl fmt::Display for ShownId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Key(id) => id.fmt(f),
            Self::Signer(id) => id.fmt(f),
        }
    }
}
