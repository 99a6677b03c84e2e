//! The authenticated caller of a request, whatever the kind of credential.

use std::collections::BTreeSet;
use std::fmt;

use chrono::{DateTime, Utc};
pub use sail_cargo_protocol::Scope;

use super::access_key::{AccessKeyHolder, KeyLimits};
use super::limits::FRESH_SIGN_IN;
use super::names::{OperatorName, ProjectId, SubjectId};
use super::session::SessionHolder;
pub use super::user::{KeyHolder, User};

/// An authenticated caller.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Caller {
    /// A user of a project, authenticated by a token.
    User(User),
    /// The application that owns a project, authenticated by an API key.
    Root(KeyHolder),
    /// A user or the application, by an access key, which the gateway alone takes; or a user by a personal API
    /// key, which the API takes as well.
    AccessKey(AccessKeyHolder),
    /// A user or the application, by a session of STS: the gateway only.
    Session(SessionHolder),
    /// Whoever asks without credentials: the gateway only. The user is nobody, and has what is public
    /// to read.
    Everybody(User),
    /// The operator of the server, authenticated by an operator key or by the server's command
    /// line.
    Operator {
        /// The name of the operator key.
        name: OperatorName,
        /// The project in which the operator acts, if the request names one.
        project: Option<ProjectId>,
    },
}

impl Caller {
    /// Whoever asks without credentials for something in `project`.
    pub fn everybody(project: ProjectId) -> Self {
        Self::Everybody(User {
            project,
            id: SubjectId::nobody(),
            groups: BTreeSet::new(),
            service_account: false,
            expires_at: DateTime::<Utc>::MAX_UTC,
            signed_in_at: None,
            epoch: None,
            via: None,
        })
    }

    /// The project in which the caller acts; for an operator, the one that the request names.
    pub fn project(&self) -> Option<&ProjectId> {
        match self {
            Self::User(user) | Self::Everybody(user) => Some(&user.project),
            Self::Root(key) => Some(&key.project),
            Self::AccessKey(key) => Some(&key.project),
            Self::Session(session) => Some(session.project()),
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
            Self::AccessKey(key) => Some(key.expires_at),
            Self::Session(session) => Some(session.expires_at()),
            Self::Everybody(_) | Self::Operator { .. } => None,
        }
    }

    /// The id of the key in use, where the actor is a user: the API key of an application that asks for
    /// them, or an access key or a session of their own.
    pub fn via_key(&self) -> Option<&str> {
        match self {
            Self::User(User { via: Some(key), .. }) => Some(key.id.as_str()),
            Self::AccessKey(key) => key.user.as_ref().map(|_| key.id.as_str()),
            Self::Session(session) => session.user.as_ref().map(|_| session.id().as_str()),
            _ => None,
        }
    }

    /// The user who is judged, whatever they proved themselves by.
    pub fn user(&self) -> Option<&User> {
        match self {
            Self::User(user) | Self::Everybody(user) => Some(user),
            Self::AccessKey(key) => key.user.as_ref(),
            Self::Session(session) => session.user.as_ref(),
            Self::Root(_) | Self::Operator { .. } => None,
        }
    }

    /// Whether it is the application itself.
    pub fn is_application(&self) -> bool {
        match self {
            Self::Root(_) => true,
            Self::AccessKey(key) => key.user.is_none(),
            Self::Session(session) => session.user.is_none(),
            Self::User(_) | Self::Everybody(_) | Self::Operator { .. } => false,
        }
    }

    /// What the access key or the session in use is good for at most.
    pub fn key_limits(&self) -> Option<&KeyLimits> {
        match self {
            Self::AccessKey(key) => Some(&key.limits),
            Self::Session(session) => Some(&session.limits),
            _ => None,
        }
    }

    /// The user who may change who may do what, as far as the limits of their key go. By an access key or a session
    /// nobody does.
    pub fn administrator(&self) -> Option<(&User, Option<&KeyLimits>)> {
        match self {
            Self::User(user) => Some((user, None)),
            Self::AccessKey(key) if key.is_personal() => {
                key.user.as_ref().map(|user| (user, Some(&*key.limits)))
            }
            _ => None,
        }
    }

    /// Whether the user signed in less than 15 minutes ago. No key is a sign-in.
    pub fn is_fresh(&self, now: DateTime<Utc>) -> bool {
        let Self::User(User { signed_in_at: Some(at), .. }) = self else { return false };
        now - *at <= FRESH_SIGN_IN
    }

    /// Whether the key in use, if there is one, was made for this. An access key or a session is for requests
    /// to S3 and nothing else, a personal API key for what a user does with buckets and their grants.
    pub fn has_scope(&self, scope: Scope) -> bool {
        match self {
            Self::User(User { via: Some(key), .. }) | Self::Root(key) => {
                key.scopes.contains(&scope)
            }
            Self::AccessKey(key) => key.has_scope(scope),
            Self::Session(_) | Self::Everybody(_) => scope == Scope::Sign,
            Self::User(User { via: None, .. }) | Self::Operator { .. } => true,
        }
    }
}

/// How audit events name the caller: `user:ada`, `key:8fK2mQ0ZtYb1`, `operator:eve`; `operator` by
/// the key that has no name. An access key of a user reads as the user, one of the application as
/// `key:CGAK…`.
impl fmt::Display for Caller {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::User(user) => write!(f, "user:{}", user.id),
            Self::Root(key) => write!(f, "key:{}", key.id),
            Self::AccessKey(AccessKeyHolder { user: Some(user), .. })
            | Self::Session(SessionHolder { user: Some(user), .. }) => {
                write!(f, "user:{}", user.id)
            }
            Self::AccessKey(key) => write!(f, "key:{}", key.id),
            Self::Session(session) => write!(f, "key:{}", session.id()),
            Self::Everybody(_) => f.write_str("everybody"),
            Self::Operator { name, .. } if name.is_unnamed() => f.write_str("operator"),
            Self::Operator { name, .. } => write!(f, "operator:{name}"),
        }
    }
}
