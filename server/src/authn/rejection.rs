//! Somebody is not let in: why, and what of it may be told.

use std::fmt;

use super::error::AuthnError;
use crate::domain::{KeyHolder, KeyId, ProjectId};

/// Why somebody is not let in, and what they showed.
#[derive(Debug)]
pub struct Rejection {
    /// Why.
    pub error: AuthnError,
    /// What was not good enough.
    pub(super) shown: Shown,
    /// The key that was good, beside a token that was not.
    pub(super) via_key: Option<KeyId>,
    /// The project of the key, if there is such a key.
    pub(super) project: Option<ProjectId>,
}

/// What was shown, with nothing in it that opens anything.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Shown {
    Nothing,
    Headers,
    Key(KeyId),
    OddKey,
    OperatorKey,
    Token,
    /// So many things that they are not told apart.
    Many,
}

/// Of several things that were shown, the one that is good.
#[derive(Debug, Clone)]
pub(super) enum Proven {
    Key(KeyId, ProjectId),
    Operator,
}

impl Rejection {
    /// Headers that cannot be read.
    pub fn unreadable(error: AuthnError) -> Self {
        Self::new(error, None, false)
    }

    /// The key that was claimed, and not proved.
    pub fn claimed_key(&self) -> Option<&KeyId> {
        match &self.shown {
            Shown::Key(id) => Some(id),
            _ => None,
        }
    }

    /// `has_token`: one was shown.
    pub(super) fn new(error: AuthnError, proven: Option<Proven>, has_token: bool) -> Self {
        let (key, project) = match &proven {
            Some(Proven::Key(id, project)) => (Some(id.clone()), Some(project.clone())),
            Some(Proven::Operator) | None => (None, None),
        };
        let (shown, via_key, project) = match (&error, proven) {
            (AuthnError::ApiKey(bad), _) => (Shown::Key(bad.id.clone()), None, bad.project.clone()),
            (AuthnError::NoApiKey, _) => (Shown::OddKey, None, None),
            (AuthnError::Syntax | AuthnError::EmptyKey, _) => (Shown::Headers, None, None),
            (AuthnError::NoOperatorKey, _) | (_, Some(Proven::Operator)) => {
                (Shown::OperatorKey, None, None)
            }
            (_, _) if has_token => (Shown::Token, key, project),
            (_, Some(Proven::Key(id, _))) => (Shown::Key(id), None, project),
            (_, None) => (Shown::Nothing, None, None),
        };
        Self { error, shown, via_key, project }
    }
}

impl Proven {
    pub(super) fn key(holder: &KeyHolder) -> Self {
        Self::Key(holder.id.clone(), holder.project.clone())
    }
}

/// As the record has it.
impl fmt::Display for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Nothing => f.write_str("nothing"),
            Self::Headers => f.write_str("headers"),
            Self::Key(id) => write!(f, "key:{id}"),
            Self::OddKey => f.write_str("key:?"),
            Self::OperatorKey => f.write_str("operator:?"),
            Self::Token => f.write_str("token"),
            Self::Many => f.write_str("many"),
        }
    }
}
