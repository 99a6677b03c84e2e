//! The authenticated caller.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::{Endpoint, GatewayAddress, Home, Scope, StoreAccess};

/// In which part somebody asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Actor {
    /// A user, by their token.
    User,
    /// The application itself, by a project API key.
    Root,
    /// Whoever runs the server.
    Operator,
}

/// `GET /v1/whoami`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Whoami {
    /// In which part the caller asks.
    pub actor: Actor,
    /// The user id, the key id, or the name of the operator key.
    pub id: String,
    /// The project's slug; none for operators.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub project: Option<String>,
    /// Where the project's objects are; none for operators.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub storage: Option<Storage>,
    /// The caller's own place, where the project has one for each user.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub home: Option<Home>,
    /// Groups named by the token.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub groups: Vec<String>,
    /// The token says that this is a service account.
    #[serde(default)]
    pub service_account: bool,
    /// The key's scopes; empty for users.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub scopes: BTreeSet<Scope>,
    /// The API key in use, where an application asks for a user.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub via_key: Option<String>,
    /// Until when the credentials are good.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<DateTime<Utc>>,
}

/// The storage a project's requests go to: all that a client must know of it, since the keys stay
/// with Cargo.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Storage {
    /// Where it answers. Requests are signed for these hosts only; the first is the one to use.
    pub endpoints: Vec<Endpoint>,
    /// The region to name in requests.
    pub region: String,
    /// How requests reach it. With `gateway`, Cargo signs nothing for it that leaves the server.
    #[serde(default)]
    pub access: StoreAccess,
    /// Where the gateway answers, which takes requests for the same buckets with access keys; none
    /// where the server does not know of one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gateway: Option<GatewayAddress>,
}
