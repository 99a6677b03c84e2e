//! The authenticated caller of a request, whatever the kind of credential.

use std::collections::BTreeSet;
use std::fmt;

use chrono::{DateTime, Utc};
pub use sail_cargo_protocol::Scope;

use super::names::{KeyId, OperatorName, ProjectId, SubjectId};

/// An authenticated caller.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Caller {
    /// A user of a project, authenticated by a token.
    User(User),
    /// The application that owns a project, authenticated by an API key.
    Root(KeyHolder),
    /// The operator of the server, authenticated by an operator key or by the server's command
    /// line.
    Operator {
        /// The name of the operator key.
        name: OperatorName,
        /// The project in which the operator acts, if the request names one.
        project: Option<ProjectId>,
    },
}

/// A user, authenticated by a token of the auth service.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct User {
    /// The project that the request addresses.
    pub project: ProjectId,
    /// The user's id.
    pub id: SubjectId,
    /// The groups that the token names.
    pub groups: BTreeSet<SubjectId>,
    /// Whether the token says that the user is a service account.
    pub service_account: bool,
    /// When the token expires.
    pub expires_at: DateTime<Utc>,
    /// The API key of the application that asks on behalf of the user, if one does.
    pub via: Option<KeyHolder>,
}

/// The holder of a project API key.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct KeyHolder {
    /// The key's project.
    pub project: ProjectId,
    /// The public part of the key.
    pub id: KeyId,
    /// What the key may be used for.
    pub scopes: BTreeSet<Scope>,
    /// When the key expires, if it does.
    pub expires_at: Option<DateTime<Utc>>,
}

impl Caller {
    /// The project in which the caller acts; for an operator, the one that the request names.
    pub fn project(&self) -> Option<&ProjectId> {
        match self {
            Self::User(user) => Some(&user.project),
            Self::Root(key) => Some(&key.project),
            Self::Operator { project, .. } => project.as_ref(),
        }
    }

    /// When the credentials expire, if they do.
    pub fn expires_at(&self) -> Option<DateTime<Utc>> {
        match self {
            Self::User(user) => {
                let key = user.via.as_ref().and_then(|key| key.expires_at);
                Some(key.map_or(user.expires_at, |end| end.min(user.expires_at)))
            }
            Self::Root(key) => key.expires_at,
            Self::Operator { .. } => None,
        }
    }

    /// The id of the API key in use, if an application asks on behalf of a user.
    pub fn via_key(&self) -> Option<&KeyId> {
        match self {
            Self::User(User { via: Some(key), .. }) => Some(&key.id),
            _ => None,
        }
    }

    /// Whether the API key in use has `scope`. True for callers without an API key.
    pub fn has_scope(&self, scope: Scope) -> bool {
        match self {
            Self::User(User { via: Some(key), .. }) | Self::Root(key) => {
                key.scopes.contains(&scope)
            }
            Self::User(User { via: None, .. }) | Self::Operator { .. } => true,
        }
    }
}

/// The caller as audit events name it: `user:ada`, `key:8fK2mQ0ZtYb1`, `operator:eve`; `operator`
/// for the operator key without a name.
impl fmt::Display for Caller {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::User(user) => write!(f, "user:{}", user.id),
            Self::Root(key) => write!(f, "key:{}", key.id),
            Self::Operator { name, .. } if name.is_unnamed() => f.write_str("operator"),
            Self::Operator { name, .. } => write!(f, "operator:{name}"),
        }
    }
}
