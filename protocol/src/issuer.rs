//! Issuers: the auth services whose tokens Cargo accepts.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::Check;

/// An algorithm that signs tokens (RFC 7518 §3.1, RFC 8037 §3.1). There is none with a shared secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum TokenAlgorithm {
    /// RSASSA-PKCS1-v1_5 with SHA-256.
    #[serde(rename = "RS256")]
    Rs256,
    /// RSASSA-PSS with SHA-256.
    #[serde(rename = "PS256")]
    Ps256,
    /// ECDSA on P-256 with SHA-256.
    #[serde(rename = "ES256")]
    Es256,
    /// Ed25519.
    #[serde(rename = "EdDSA")]
    EdDsa,
}

/// An issuer, and how its tokens are read. What is left out has the default that stands beside it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
#[expect(clippy::struct_excessive_bools, reason = "each is a setting of its own")]
pub struct IssuerSettings {
    /// The name before the ids of its users: the user `1` of the issuer `okta` is `okta:1`. Absent for the
    /// default issuer, whose users have their ids alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(example = "okta"))]
    pub alias: Option<String>,
    /// The claim `iss` of its tokens, byte for byte.
    #[cfg_attr(feature = "openapi", schema(example = "https://auth.example.com"))]
    pub issuer: String,
    /// What people call it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub display_name: Option<String>,
    /// The id of a public client, for applications that sign users in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_id: Option<String>,
    /// The page where users sign in, of an issuer that is no OpenID provider: it is opened with `redirectUrl`, and
    /// leads back to that URL with `?token=` behind it, as the SAIL auth service does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(example = "https://auth.example.com/login"))]
    pub sign_in_url: Option<String>,
    /// Its keys: a URL (JWKS, PEM, or JSON array of PEMs) or `file:PATH`. When absent,
    /// `{issuer}/.well-known/openid-configuration` says where they are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub keys: Option<String>,
    /// The audiences that a token may be for: its claim `aud` names at least one.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub audiences: BTreeSet<String>,
    /// Accept tokens for any audience. Then every token that the issuer signs for anybody is accepted.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub any_audience: bool,
    /// The algorithms that its tokens may be signed with; RS256 when absent.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub algorithms: BTreeSet<TokenAlgorithm>,
    /// Claims that may hold the user's id; `sub` when absent.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub user_claims: Vec<String>,
    /// The only project that it speaks for, by name or id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub project: Option<String>,
    /// The claim that names the project.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub project_claim: Option<String>,
    /// Let tokens that name no project choose one by `X-Project`.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub project_from_header: bool,
    /// The claim that lists groups, or its path within another claim; `groups` when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(example = "realm_access.roles"))]
    pub groups_claim: Option<String>,
    /// What stands between groups that are one text. When absent, a text is one group.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(example = " "))]
    pub groups_separator: Option<String>,
    /// Refuse tokens without groups that can be read.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub groups_required: bool,
    /// The claim whose bit 0 marks a service account; `role` when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role_claim: Option<String>,
    /// Claims that a token must have, each with one of these values.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub conditions: BTreeMap<String, BTreeSet<String>>,
    /// The longest life of a token, in seconds; 86,400 when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_token_seconds: Option<u32>,
    /// The longest life of a session that its users open, in seconds. The project's own limit holds as well.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_session_seconds: Option<u32>,
    /// Take `iat` for the time of the sign-in, where a token has no `auth_time`.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub issued_at_is_sign_in: bool,
    /// The alias of another issuer whose users its users are, id by id; `default` for the default issuer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub merge_identities: Option<String>,
}

/// An issuer that a server believes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Issuer {
    /// Its alias; `default` for the issuer without one.
    #[cfg_attr(feature = "openapi", schema(example = "okta"))]
    pub alias: String,
    /// Its settings.
    pub settings: IssuerSettings,
    /// Whether it is in the server's configuration, so that it cannot be changed at run time.
    pub configured: bool,
    /// How its keys stand on the server that was asked.
    pub check: Check,
    /// How many of its keys are in use.
    pub keys: u64,
}

/// `POST /v1/issuers/{alias}/test`.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct TestToken {
    /// The token. It is neither stored nor repeated.
    pub token: String,
}

/// Does not show the token.
impl std::fmt::Debug for TestToken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TestToken").finish_non_exhaustive()
    }
}

/// Why a token is accepted, or why not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TokenAccount {
    /// Whether it is accepted as a token of this issuer.
    pub accepted: bool,
    /// The steps in their order, up to the first that it does not pass.
    pub steps: Vec<TokenStep>,
    /// The user that it names, with the alias of their issuer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// The user's groups, with the alias of their issuer.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub groups: Vec<String>,
    /// The project, by name or id, if the token or its issuer names one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub project: Option<String>,
    /// Claims that cannot be read and do not refuse the token.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub remarks: Vec<String>,
}

/// One step of looking at a token.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TokenStep {
    /// What is looked at: `form`, `issuer`, `audience`, `algorithm`, `key`, `signature`, `lifetime`,
    /// `conditions`, `user`, `groups`, `project`.
    #[cfg_attr(feature = "openapi", schema(example = "audience"))]
    pub step: String,
    /// Whether the token passes.
    pub passed: bool,
    /// What was found.
    pub detail: String,
}
