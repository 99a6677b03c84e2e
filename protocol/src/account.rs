//! Accounts: the users of the embedded auth service, and who administers them.
//!
//! | route | by whom | answers |
//! |---|---|---|
//! | `GET /v1/accounts` | administrators, `accounts:read` | 200 [`Page`](crate::Page) of [`Account`] |
//! | `POST /v1/accounts` | administrators, `accounts:write` | 201 [`CreatedAccount`] |
//! | `GET /v1/accounts/{account}` | administrators, `accounts:read` | 200 [`Account`] |
//! | `PATCH /v1/accounts/{account}` | administrators, `accounts:write` | 200 [`Account`] |
//! | `DELETE /v1/accounts/{account}` | administrators, `accounts:write` | 204 |
//! | `POST /v1/accounts/{account}/reset` | administrators, `accounts:write` | 200 [`Invitation`] |
//! | `POST /v1/accounts/{account}/sessions/end` | administrators, `accounts:write` | 200 [`AccountSessionsEnded`] |
//! | `GET /v1/reserved-usernames` | operators | 200 [`Page`](crate::Page) of [`ReservedUsername`] |
//! | `DELETE /v1/reserved-usernames/{username}` | operators | 204 |
//! | `GET /v1/signing-keys` | operators | 200 [`Page`](crate::Page) of [`SigningKey`] |
//! | `POST /v1/signing-keys/rotate` | operators | 200 [`Page`](crate::Page) of [`SigningKey`] |
//!
//! `{account}` is the id or the username. *Administrators* are the application and operators, and users who are
//! live members of the group `admins` that Cargo keeps. A group of that name in a token gives nothing.
//!
//! Errors, besides those of every route: 400 `invalid_request` with the field; 403 `not_account_admin`,
//! `missing_scope`, `operators_only`, `root_only`; 404 `not_found`; 409 `accounts_off` (the server keeps no
//! accounts), `username_taken` (in use or reserved), `username_granted` (a grant goes by `${username}`, so no account is
//! renamed), `email_taken`, `last_admin`.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::SecretText;
use crate::omit::is_false;

/// What an account is good for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum AccountStatus {
    /// Its user may sign in.
    Active,
    /// Its user has been invited and has set no password yet.
    Invited,
    /// Nobody signs in with it. Its tokens, sessions and keys are refused.
    Disabled,
}

/// An account of the embedded auth service.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Account {
    /// Its id, a UUID: what grants, member lists and tokens name its user by. It never changes, and no other
    /// account gets it.
    pub id: String,
    /// The name to sign in with, in lower case.
    #[cfg_attr(feature = "openapi", schema(example = "ada"))]
    pub username: String,
    /// The e-mail address to sign in with as well, in lower case.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// The user's name for people to read, in any script.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub display_name: Option<String>,
    /// What it is good for.
    pub status: AccountStatus,
    /// It belongs to a program: bit 0 of the claim `role` in its tokens.
    #[serde(default, skip_serializing_if = "is_false")]
    pub service_account: bool,
    /// Its user sets a new password before anything else.
    #[serde(default, skip_serializing_if = "is_false")]
    pub must_change_password: bool,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When its user last signed in, to the minute.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_login_at: Option<DateTime<Utc>>,
    /// When an administrator last reset it. Its user sees it, too.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reset_at: Option<DateTime<Utc>>,
    /// Which administrator that was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reset_by: Option<String>,
}

/// An account in the change feed: what decisions rest on. Its e-mail address and its user's name are not kept there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AccountChange {
    /// Its id.
    pub id: String,
    /// The name to sign in with.
    pub username: String,
    /// What it is good for.
    pub status: AccountStatus,
    /// It belongs to a program.
    #[serde(default, skip_serializing_if = "is_false")]
    pub service_account: bool,
    /// Its user sets a new password before anything else.
    #[serde(default, skip_serializing_if = "is_false")]
    pub must_change_password: bool,
    /// Counts what ended its tokens.
    pub token_epoch: i64,
    /// When it was made.
    pub created_at: DateTime<Utc>,
}

/// `GET /v1/accounts`: which accounts to list.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::IntoParams), into_params(parameter_in = Query))]
#[serde(deny_unknown_fields)]
pub struct AccountsQuery {
    /// Only those whose username or e-mail address begins with this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub search: Option<String>,
    /// Only those of this status.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<AccountStatus>,
    /// How many items at most, 1 to 1000; 100 when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub page_size: Option<u32>,
    /// Where the page before ended, as its `next_page_token` said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub page_token: Option<String>,
}

/// `POST /v1/accounts`. Without a password, the answer holds an invitation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct CreateAccount {
    /// `[a-z0-9][a-z0-9._-]{0,62}`, upper case being taken for lower; no UUID.
    pub username: String,
    /// An ASCII address, whose domain is in A-labels.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// 1 to 100 characters of any script.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub display_name: Option<String>,
    /// It belongs to a program.
    #[serde(default, skip_serializing_if = "is_false")]
    pub service_account: bool,
    /// Its password, from the application or an operator only: the account is active at once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>))]
    pub password: Option<SecretText>,
    /// Beside a password: whether its user sets another one at the first sign-in; `true` when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub must_change_password: Option<bool>,
    /// The project, by slug or id. Operators only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub project: Option<String>,
}

/// An invitation: whoever has it sets the password of an account. Shown once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Invitation {
    /// What `POST /auth/invitations` takes. It is good once, and a newer one ends it.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub token: SecretText,
    /// The link to send to the user: the token is in its fragment, which browsers send to no server.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub link: SecretText,
    /// When it ends: 72 hours after it was made.
    pub expires_at: DateTime<Utc>,
}

/// An account that was made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CreatedAccount {
    /// The account.
    #[serde(flatten)]
    pub account: Account,
    /// Its invitation; absent where a password was given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub invitation: Option<Invitation>,
}

/// `PATCH /v1/accounts/{account}`: what is absent stays as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct PatchAccount {
    /// Another username. The old one stays reserved. Refused while a grant goes by `${username}`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub username: Option<String>,
    /// Another e-mail address; an empty text takes it away.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// Another name for people to read; an empty text takes it away.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub display_name: Option<String>,
    /// `disabled` ends its sessions and refuses its tokens and keys; `active` lets its user sign in again. No
    /// account becomes `invited`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<AccountStatus>,
    /// Whether its user sets a new password before anything else.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub must_change_password: Option<bool>,
}

/// `POST /v1/accounts/{account}/sessions/end`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::IntoParams), into_params(parameter_in = Query))]
#[serde(deny_unknown_fields)]
pub struct EndAccountSessionsQuery {
    /// Whether its access keys are disabled as well.
    #[serde(default, skip_serializing_if = "is_false")]
    pub keys: bool,
}

/// That an account was signed out everywhere.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AccountSessionsEnded {
    /// The id of the account.
    pub account: String,
    /// When. Whoever signs in later is signed in.
    pub ended_at: DateTime<Utc>,
    /// How many access keys were disabled.
    pub keys_disabled: u64,
}

/// A username that no new account gets: a deleted or renamed account had it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ReservedUsername {
    /// The username.
    pub username: String,
    /// The id of the account that had it.
    pub account: String,
    /// Since when it is reserved.
    pub reserved_at: DateTime<Utc>,
}

/// What a signing key is good for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum SigningKeyStatus {
    /// Published, and signs nothing yet.
    Next,
    /// Signs access tokens.
    Current,
    /// Signs nothing any more. Its tokens are good until they end.
    Retiring,
}

/// A key that access tokens are signed with, without its private half.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SigningKey {
    /// Its id: the thumbprint of RFC 7638.
    pub kid: String,
    /// What it is good for.
    pub status: SigningKeyStatus,
    /// When it was made, and published.
    pub created_at: DateTime<Utc>,
    /// From when on it signs.
    pub signs_from: DateTime<Utc>,
    /// When its last token ends; absent before it is retiring.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retired_at: Option<DateTime<Utc>>,
}

/// `POST /v1/signing-keys/rotate`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::IntoParams), into_params(parameter_in = Query))]
#[serde(deny_unknown_fields)]
pub struct RotateSigningKeysQuery {
    /// Whether the keys before are withdrawn, which refuses all tokens that they signed: for a key that somebody
    /// else has.
    #[serde(default, skip_serializing_if = "is_false")]
    pub withdraw: bool,
}
