//! A grant in the change log.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::permissions::PermissionWords;
use crate::domain::grant::SubjectKind;
use crate::domain::grant_prefix::PrefixKind;
use crate::domain::{GrantKey, GrantPrefix, GrantState, StoredGrant, Subject};
use crate::error::DatabaseError;

/// A grant as the change log records it. The names and formats of the fields never change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GrantRecord {
    /// The name of the bucket.
    pub bucket: String,
    /// The prefix of the keys that the grant covers: empty, or ending in `/`.
    pub prefix: String,
    /// How the prefix is read; absent where it is literal.
    #[serde(default, skip_serializing_if = "PrefixWord::is_literal")]
    pub prefix_kind: PrefixWord,
    /// What kind of principal `subject` names.
    pub kind: KindWord,
    /// The user or group; `*` for everybody.
    pub subject: String,
    /// What the grant allows.
    pub permissions: PermissionWords,
    /// The grant is not valid before this instant.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub not_before: Option<DateTime<Utc>>,
    /// The grant is not valid at or after this instant.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<DateTime<Utc>>,
    /// Why the grant was given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Who gave the grant.
    pub granted_by: String,
    /// The revision that created the grant.
    pub created_revision: i64,
    /// The revision that last changed the grant.
    pub updated_revision: i64,
}

impl GrantRecord {
    /// The layout that introduced the newest field or word of this record.
    pub(super) const LAYOUT: u8 = 6;
}

/// How a prefix is read.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum PrefixWord {
    /// These very bytes.
    #[default]
    #[serde(rename = "literal")]
    Literal,
    /// With a variable.
    #[serde(rename = "template")]
    Template,
}

impl PrefixWord {
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "the signature serde wants")]
    fn is_literal(&self) -> bool {
        *self == Self::Literal
    }
}

impl From<&GrantPrefix> for PrefixWord {
    fn from(prefix: &GrantPrefix) -> Self {
        match prefix {
            GrantPrefix::Literal(_) => Self::Literal,
            GrantPrefix::Template(_) => Self::Template,
        }
    }
}

impl From<PrefixWord> for PrefixKind {
    fn from(word: PrefixWord) -> Self {
        match word {
            PrefixWord::Literal => Self::Literal,
            PrefixWord::Template => Self::Template,
        }
    }
}

/// A kind of subject.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum KindWord {
    /// One user.
    #[serde(rename = "user")]
    User,
    /// A group whose member list Cargo keeps.
    #[serde(rename = "group")]
    Group,
    /// A group that users' tokens name.
    #[serde(rename = "token_group")]
    TokenGroup,
    /// Everybody with a valid token.
    #[serde(rename = "authenticated")]
    Authenticated,
    /// Everybody, with or without a token.
    #[serde(rename = "public")]
    Public,
}

impl From<&Subject> for KindWord {
    fn from(subject: &Subject) -> Self {
        match subject {
            Subject::User(_) => Self::User,
            Subject::Group(_) => Self::Group,
            Subject::TokenGroup(_) => Self::TokenGroup,
            Subject::Authenticated => Self::Authenticated,
            Subject::Public => Self::Public,
        }
    }
}

impl From<KindWord> for SubjectKind {
    fn from(word: KindWord) -> Self {
        match word {
            KindWord::User => Self::User,
            KindWord::Group => Self::Group,
            KindWord::TokenGroup => Self::TokenGroup,
            KindWord::Authenticated => Self::Authenticated,
            KindWord::Public => Self::Public,
        }
    }
}

impl From<&StoredGrant> for GrantRecord {
    fn from(grant: &StoredGrant) -> Self {
        Self {
            bucket: grant.key.bucket.to_string(),
            prefix: grant.key.prefix.to_string(),
            prefix_kind: (&grant.key.prefix).into(),
            kind: (&grant.key.subject).into(),
            subject: grant.key.subject.name().to_owned(),
            permissions: grant.state.permissions.into(),
            not_before: grant.state.not_before,
            expires_at: grant.state.expires_at,
            reason: grant.state.reason.clone(),
            granted_by: grant.granted_by.clone(),
            created_revision: grant.created_revision,
            updated_revision: grant.updated_revision,
        }
    }
}

impl TryFrom<GrantRecord> for StoredGrant {
    type Error = DatabaseError;

    fn try_from(record: GrantRecord) -> Result<Self, DatabaseError> {
        let GrantRecord { bucket, prefix, subject, .. } = &record;
        let prefix = (record.prefix_kind.into(), prefix.as_str());
        let key = GrantKey::stored(bucket, prefix, record.kind.into(), subject);
        Ok(Self {
            key: key.map_err(DatabaseError::corrupt)?,
            state: GrantState {
                permissions: (&record.permissions).into(),
                not_before: record.not_before,
                expires_at: record.expires_at,
                reason: record.reason,
            },
            granted_by: record.granted_by,
            created_revision: record.created_revision,
            updated_revision: record.updated_revision,
        })
    }
}

/// The grant as layout 2 records it: the wire format of that time ([`super::layout_2`]). It is
/// frozen.
#[derive(Deserialize)]
pub(super) struct GrantOfLayout2 {
    bucket: String,
    prefix: String,
    kind: KindWord,
    subject: String,
    permissions: PermissionWords,
    not_before: Option<DateTime<Utc>>,
    expires_at: Option<DateTime<Utc>>,
    reason: Option<String>,
    granted_by: String,
    created_revision: i64,
    updated_revision: i64,
}

impl From<GrantOfLayout2> for GrantRecord {
    fn from(grant: GrantOfLayout2) -> Self {
        Self {
            bucket: grant.bucket,
            prefix: grant.prefix,
            prefix_kind: PrefixWord::Literal,
            kind: grant.kind,
            subject: grant.subject,
            permissions: grant.permissions,
            not_before: grant.not_before,
            expires_at: grant.expires_at,
            reason: grant.reason,
            granted_by: grant.granted_by,
            created_revision: grant.created_revision,
            updated_revision: grant.updated_revision,
        }
    }
}
