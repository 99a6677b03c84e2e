//! Signing in with an account of the embedded auth service.
//!
//! | route | credentials | answers |
//! |---|---|---|
//! | `GET /auth/methods` | none | 200 [`AuthMethods`] |
//! | `POST /auth/login` [`Login`] | none | 200 [`SignedIn`] |
//! | `POST /auth/refresh` [`Refresh`] | none | 200 [`SignedIn`] |
//! | `POST /auth/logout` [`Logout`] | none | 204 |
//! | `POST /auth/password` [`ChangePassword`] | a token of a sign-in of the last 15 minutes | 200 [`SignedIn`] |
//! | `POST /auth/token` [`CreatePersonalKey`] | a token of a sign-in of the last 15 minutes, or HTTP Basic with name and password | 201 [`CreatedAccessKey`](crate::CreatedAccessKey) |
//! | `GET /auth/account` | a token | 200 [`Account`](crate::Account) |
//! | `PATCH /auth/account` [`PatchOwnAccount`] | a token of a sign-in of the last 15 minutes | 200 [`Account`](crate::Account) |
//! | `POST /auth/invitations` [`AcceptInvitation`] | none | 200 [`InvitationAccepted`] |
//! | `GET /auth/public-key` | none | 200, a JSON array of PEMs, newest first |
//! | `GET /auth/jwks.json` | none | 200, a JWK Set (RFC 7517) |
//! | `GET /.well-known/openid-configuration` | none | 200, OpenID Provider metadata |
//!
//! Errors, besides those of every route:
//!
//! | status | code | when |
//! |---|---|---|
//! | 400 | `project_required` | the server has several projects, and none is named |
//! | 400 | `invalid_request` | malformed; `/password` or `/new_password` names what is wrong with a new password |
//! | 401 | `invalid_login` | no such account, not active, or the wrong password: all the same |
//! | 401 | `invalid_refresh_token` | unknown, used before, ended or expired: all the same |
//! | 401 | `invalid_invitation` | unknown, used, ended or expired: all the same |
//! | 401 | `reauthenticate` | the sign-in is more than 15 minutes ago |
//! | 403 | `password_change_required` | the password is right, and a new one must be set: log in again with `new_password` |
//! | 403 | `not_an_account` | the token is of another auth service |
//! | 403 | `sign_in_required` | a personal API key: it deals with no keys and no passwords |
//! | 409 | `accounts_off` | the server keeps no accounts |
//! | 409 | `email_taken` | another account has the e-mail address |
//! | 429 | `login_delayed` | after failed attempts: `Retry-After` says when to try again, 30 s at most |
//! | 503 | `auth_busy` | too many passwords are being checked: `Retry-After` |

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::{AccessKeyKind, Account, CreateAccessKey, PatchAccount, Permissions, SecretText};

/// `POST /auth/login`. Of `username` and `email` exactly one is given.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Login {
    /// The username of the account, in any case.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub username: Option<String>,
    /// The e-mail address of the account, in any case.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// The password.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub password: SecretText,
    /// The password to set instead, for the next sign-in: 15 to 256 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>))]
    pub new_password: Option<SecretText>,
    /// The project, by slug or id. Needed unless the server has one only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub project: Option<String>,
}

/// `POST /auth/refresh`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Refresh {
    /// The refresh token of the last answer. It is good once: the answer holds the next. For 30 seconds it is
    /// answered again with the same successor; whoever brings it later, or an older one, ends all that came of
    /// that sign-in.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub refresh_token: SecretText,
}

/// `POST /auth/logout`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Logout {
    /// A refresh token of the sign-in that ends. One that is not good ends nothing, and is no error.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub refresh_token: SecretText,
}

/// `POST /auth/password`: another password for one's own account. It ends every sign-in but the one in the
/// answer, and their access tokens.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct ChangePassword {
    /// The password until now.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub password: SecretText,
    /// The password from now on: 15 to 256 characters.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub new_password: SecretText,
}

/// `PATCH /auth/account`: what its user changes of their own account. What is absent stays as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct PatchOwnAccount {
    /// Another e-mail address to sign in with; an empty text takes it away.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// Another name for people to read; an empty text takes it away.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub display_name: Option<String>,
}

impl From<PatchOwnAccount> for PatchAccount {
    fn from(patch: PatchOwnAccount) -> Self {
        let PatchOwnAccount { email, display_name } = patch;
        Self { email, display_name, ..Self::default() }
    }
}

/// `POST /auth/token`: a personal API key of one's own. What is absent is not limited: the key is good for
/// whatever its user may do at the time of use.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct CreatePersonalKey {
    /// What it is for, for whoever reads the list; 1 to 100 characters.
    pub name: String,
    /// In these buckets only; 1 to 100.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub buckets: Option<BTreeSet<String>>,
    /// Below these prefixes only, in every bucket: literal bytes ending in `/`; 1 to 100.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prefixes: Option<BTreeSet<String>>,
    /// With these permissions at most.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub permissions: Option<Permissions>,
    /// From these networks or addresses only, such as `10.0.0.0/8`; 1 to 100.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cidrs: Option<BTreeSet<String>>,
    /// When it stops; 365 days from now when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<DateTime<Utc>>,
    /// The project, by slug or id. Needed with HTTP Basic unless the server has one only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub project: Option<String>,
}

impl From<CreatePersonalKey> for CreateAccessKey {
    fn from(asked: CreatePersonalKey) -> Self {
        let CreatePersonalKey { name, buckets, prefixes, permissions, cidrs, expires_at, project } =
            asked;
        let (kind, user) = (AccessKeyKind::Token, None);
        Self { kind, user, name, expires_at, buckets, prefixes, permissions, cidrs, project }
    }
}

/// Somebody who signed in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SignedIn {
    /// The access token: a JWT (RFC 9068), for `Authorization: Bearer`.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub access_token: SecretText,
    /// `Bearer` (RFC 6750).
    #[cfg_attr(feature = "openapi", schema(example = "Bearer"))]
    pub token_type: String,
    /// For how many seconds the access token is good.
    pub expires_in: u64,
    /// What `POST /auth/refresh` takes. Not in the answers to the console (`X-Cargo-Console`): its browser keeps the
    /// token in a cookie.
    #[cfg_attr(feature = "openapi", schema(value_type = String, required = false))]
    pub refresh_token: SecretText,
    /// For how many seconds the refresh token is good, unless it is used before.
    pub refresh_expires_in: u64,
    /// The account.
    pub user: Account,
}

/// `POST /auth/invitations`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct AcceptInvitation {
    /// The token of the invitation: what follows `#/invite/` in its link.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub token: SecretText,
    /// The password from now on: 15 to 256 characters.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub password: SecretText,
}

/// That the password was set: whose, and where to sign in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct InvitationAccepted {
    /// The username of the account.
    pub username: String,
    /// The slug of its project.
    pub project: String,
}

/// `GET /auth/methods`: how one may sign in at this server.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AuthMethods {
    /// Whether it keeps accounts: `POST /auth/login`.
    pub embedded: bool,
    /// Whether `POST /auth/login` needs the project; `false` if the server has one only, or keeps no accounts.
    #[serde(default)]
    pub project_required: bool,
    /// The auth services whose tokens it accepts beside its own.
    #[serde(default)]
    pub issuers: Vec<AuthIssuer>,
}

/// An auth service whose tokens the server accepts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AuthIssuer {
    /// Its alias at this server; empty for the default.
    #[serde(default)]
    pub alias: String,
    /// Its issuer identifier, the claim `iss` of its tokens. Its metadata is below it at
    /// `/.well-known/openid-configuration` where it is an OpenID Provider.
    pub issuer: String,
    /// Its name for people to read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub display_name: Option<String>,
    /// The audience its tokens must name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub audience: Option<String>,
    /// The public client for sign-in from a browser (PKCE) or a device (RFC 8628).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_id: Option<String>,
}
