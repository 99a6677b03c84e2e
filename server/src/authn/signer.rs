//! Who may have signed a request: the holder of an access key, or of a session.

use std::fmt;
use std::sync::Arc;

use crate::domain::access_key::{AccessKey, AccessKeyId, KeyLimits};
use crate::domain::session::Session;
use crate::domain::{Caller, ProjectId, SecretAccessKey, SessionId};

/// The access key id in a signature.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum SignerId {
    /// Of an access key.
    Key(AccessKeyId),
    /// Of a session.
    Session(SessionId),
}

impl SignerId {
    /// Reads an access key id; `None` if it is of neither form.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let key = AccessKeyId::parse(text).map(Self::Key);
        key.or_else(|_| SessionId::parse(text).map(Self::Session)).ok()
    }
}

impl fmt::Display for SignerId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Key(id) => id.fmt(f),
            Self::Session(id) => id.fmt(f),
        }
    }
}

/// An access key or a session that is good, with its secret.
pub(super) enum Signer {
    Key(Arc<AccessKey>, SecretAccessKey),
    Session(Box<Session>),
}

impl Signer {
    /// Who signs with an access key; nobody does with a personal API key.
    pub(super) fn of(key: Arc<AccessKey>) -> Option<Self> {
        let secret = key.secret()?.clone();
        Some(Self::Key(key, secret))
    }

    /// What its requests are signed with.
    pub(super) fn secret(&self) -> &SecretAccessKey {
        match self {
            Self::Key(_, secret) => secret,
            Self::Session(session) => &session.secret,
        }
    }

    /// Its project.
    pub(super) fn project(&self) -> &ProjectId {
        match self {
            Self::Key(key, _) => &key.holder.project,
            Self::Session(session) => session.holder.project(),
        }
    }

    /// What it is good for at most.
    pub(super) fn limits(&self) -> &KeyLimits {
        match self {
            Self::Key(key, _) => &key.holder.limits,
            Self::Session(session) => &session.holder.limits,
        }
    }

    /// Who asks.
    pub(super) fn caller(&self) -> Caller {
        match self {
            Self::Key(key, _) => Caller::AccessKey(key.holder.clone()),
            Self::Session(session) => Caller::Session(session.holder.clone()),
        }
    }
}
