//! Who proved themselves by a token, and who by an API key.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use sail_cargo_protocol::Scope;

use super::account::TokenEpoch;
use super::names::{KeyId, ProjectId, SubjectId};

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
    /// When they signed in, where the token says it (`auth_time`).
    pub signed_in_at: Option<DateTime<Utc>>,
    /// The epoch of their account that they proved themselves in: by a token of it, or by its password.
    pub epoch: Option<TokenEpoch>,
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
