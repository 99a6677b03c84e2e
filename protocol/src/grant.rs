//! Grants: the permissions of a subject in a bucket.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::Permissions;
use crate::omit::is_false;

/// Whom a grant names. There may be more kinds than these one day.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum SubjectKind {
    /// One user, by the id in their token.
    #[default]
    User,
    /// Everybody on the member list that Cargo keeps of a group.
    Group,
    /// Everybody whose token names a group. Who that is, the auth service knows: they cannot be
    /// listed. It has nothing to do with a group of that name that Cargo keeps.
    TokenGroup,
    /// Everybody with a valid token for the project. The subject is `*`.
    Authenticated,
    /// Everybody. The subject is `*`.
    Public,
}

/// How the prefix of a grant is read. It is never guessed from the text. There may be more kinds than these
/// one day.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum PrefixKind {
    /// These very bytes.
    #[default]
    Literal,
    /// With `${user}`, the id of the user who asks, or `${username}`, the name of their account, once and
    /// as a whole segment: `home/${user}/`. Users whom another auth service keeps have no account here, and no
    /// prefix by its name.
    Template,
}

impl PrefixKind {
    /// Whether the prefix is literal, which is not said.
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes it so")]
    pub(crate) fn is_literal(&self) -> bool {
        *self == Self::Literal
    }
}

/// Selects one grant of a bucket beside the subject in the path.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::IntoParams), into_params(parameter_in = Query))]
#[serde(deny_unknown_fields)]
pub struct GrantQuery {
    /// The prefix the grant covers: empty for the whole bucket, else text ending in `/`.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub prefix: String,
    /// How the prefix is read; literally when absent.
    #[serde(default, skip_serializing_if = "PrefixKind::is_literal")]
    pub prefix_kind: PrefixKind,
    /// Whom the path's subject names; a user when absent.
    #[serde(default)]
    pub kind: SubjectKind,
}

/// The full new state of one grant. `PUT` replaces; what is left out is reset.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct PutGrant {
    /// What to allow; at least one.
    pub permissions: Permissions,
    /// Not before this instant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not_before: Option<DateTime<Utc>>,
    /// Not at or after this instant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<DateTime<Utc>>,
    /// Why, for whoever reads the grant next; at most 500 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// What `PUT` and `DELETE` of one grant take beside its body.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::IntoParams), into_params(parameter_in = Query))]
#[serde(deny_unknown_fields)]
pub struct ChangeGrantQuery {
    /// The prefix the grant covers: empty for the whole bucket, else text ending in `/`.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub prefix: String,
    /// How the prefix is read; literally when absent.
    #[serde(default, skip_serializing_if = "PrefixKind::is_literal")]
    pub prefix_kind: PrefixKind,
    /// Whom the path's subject names; a user when absent.
    #[serde(default)]
    pub kind: SubjectKind,
    /// Do it even if the bucket loses its last admin who does not expire. Not for users.
    #[serde(default, skip_serializing_if = "is_false")]
    pub force: bool,
}

/// Which grants to list.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::IntoParams), into_params(parameter_in = Query))]
#[serde(deny_unknown_fields)]
pub struct GrantsQuery {
    /// Only grants that name subjects of this kind.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<SubjectKind>,
    /// Only grants that name this user or group.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    /// As they were at this instant; as they are when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<DateTime<Utc>>,
    /// How many items at most, 1 to 1000; 100 when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub page_size: Option<u32>,
    /// Where the page before ended, as its `next_page_token` said. Every page of a listing is
    /// of the revision of its first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub page_token: Option<String>,
}

/// `PATCH /v1/buckets/{bucket}/grants`: all of these changes, or none.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct PatchGrants {
    /// 1 to 1000 changes, no two of the same grant.
    pub changes: Vec<GrantChange>,
}

/// One change of a [`PatchGrants`].
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct GrantChange {
    /// Whom `subject` names; a user when absent.
    #[serde(default)]
    pub kind: SubjectKind,
    /// The user id or group name; `*` for authenticated and public.
    pub subject: String,
    /// The prefix the grant covers: empty for the whole bucket, else text ending in `/`.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub prefix: String,
    /// How the prefix is read; literally when absent.
    #[serde(default, skip_serializing_if = "PrefixKind::is_literal")]
    pub prefix_kind: PrefixKind,
    /// What the grant shall be; when absent, it is taken away.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub put: Option<PutGrant>,
    /// The `updated_revision` the grant must have now; 0 when there must be none. Otherwise
    /// nothing is changed and the answer is 412.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub if_revision: Option<i64>,
}

/// How a bulk change is made.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::IntoParams), into_params(parameter_in = Query))]
#[serde(deny_unknown_fields)]
pub struct BulkQuery {
    /// Change nothing: answer with what would happen, and to whom.
    #[serde(default, skip_serializing_if = "is_false")]
    pub dry_run: bool,
    /// Do it even if a bucket loses its last admin who does not expire. Not for users.
    #[serde(default, skip_serializing_if = "is_false")]
    pub force: bool,
}

/// One line of `POST /v1/grants/import`: a grant that shall be there, as [`PutGrant`] has it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct GrantLine {
    /// The bucket.
    pub bucket: String,
    /// The prefix the grant covers: empty for the whole bucket, else text ending in `/`.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub prefix: String,
    /// How the prefix is read; literally when absent.
    #[serde(default, skip_serializing_if = "PrefixKind::is_literal")]
    pub prefix_kind: PrefixKind,
    /// Whom `subject` names; a user when absent.
    #[serde(default)]
    pub kind: SubjectKind,
    /// The user id or group name; `*` for authenticated and public.
    pub subject: String,
    /// What to allow; at least one.
    pub permissions: Permissions,
    /// Not before this instant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not_before: Option<DateTime<Utc>>,
    /// Not at or after this instant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<DateTime<Utc>>,
    /// Why, for whoever reads the grant next; at most 500 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// What a bulk change did, or would do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct GrantsChanged {
    /// Nothing was changed: this is what would happen.
    pub dry_run: bool,
    /// How many grants are new.
    pub created: u64,
    /// How many say something else than before.
    pub updated: u64,
    /// How many are gone.
    pub deleted: u64,
    /// How many were so already.
    pub unchanged: u64,
    /// Who gains and who loses what; only of a dry run, and then complete.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub effects: Vec<Effect>,
    /// The revision behind the change; of a dry run, the one it was judged at. Opaque.
    pub revision: String,
}

/// What a change of grants means for one subject below one prefix, the instant it is made: what
/// the subject itself is granted there and what everybody is, under the bucket's ceiling. What
/// users hold through groups is said of the group.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Effect {
    /// The bucket.
    pub bucket: String,
    /// The prefix; empty for the whole bucket.
    pub prefix: String,
    /// How the prefix is read; literally when absent.
    #[serde(default, skip_serializing_if = "PrefixKind::is_literal")]
    pub prefix_kind: PrefixKind,
    /// Whom `subject` names.
    pub kind: SubjectKind,
    /// The user id or group name; `*` for authenticated and public.
    pub subject: String,
    /// What they could not do before.
    pub gains: Permissions,
    /// What they cannot do any more.
    pub loses: Permissions,
}

/// A stored grant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Grant {
    /// The bucket.
    pub bucket: String,
    /// Empty for the whole bucket, else text ending in `/`.
    pub prefix: String,
    /// How the prefix is read; literally when absent.
    #[serde(default, skip_serializing_if = "PrefixKind::is_literal")]
    pub prefix_kind: PrefixKind,
    /// Whom `subject` names.
    pub kind: SubjectKind,
    /// The user id or group name; `*` for authenticated and public.
    pub subject: String,
    /// What the account of the user is called now, for people to read: in listings, of accounts of this server.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub username: Option<String>,
    /// What it allows.
    pub permissions: Permissions,
    /// Not before this instant.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub not_before: Option<DateTime<Utc>>,
    /// Not at or after this instant.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<DateTime<Utc>>,
    /// Why it was given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Who gave it: `user:…`, `key:…`, `operator` or `operator:…`.
    pub granted_by: String,
    /// The revision that created it.
    pub created_revision: i64,
    /// The revision that last changed it: its ETag.
    pub updated_revision: i64,
}

/// The content of the grant, without its key.
impl From<GrantLine> for PutGrant {
    fn from(line: GrantLine) -> Self {
        Self {
            permissions: line.permissions,
            not_before: line.not_before,
            expires_at: line.expires_at,
            reason: line.reason,
        }
    }
}

/// The line with which an import writes this grant.
impl From<Grant> for GrantLine {
    fn from(grant: Grant) -> Self {
        Self {
            bucket: grant.bucket,
            prefix: grant.prefix,
            prefix_kind: grant.prefix_kind,
            kind: grant.kind,
            subject: grant.subject,
            permissions: grant.permissions,
            not_before: grant.not_before,
            expires_at: grant.expires_at,
            reason: grant.reason,
        }
    }
}
