//! What is wrong with something new.

use std::borrow::Cow;
use std::fmt;

/// A field of what somebody asks to be kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Field {
    /// The bucket of a grant.
    Bucket,
    /// The prefix of a grant.
    Prefix,
    /// Whom a grant names.
    Subject,
    /// What a grant allows, or an access key at most.
    Permissions,
    /// Why a grant is given.
    Reason,
    /// When a grant, key or membership ends.
    ExpiresAt,
    /// What everybody may do in a bucket.
    PublicPermissions,
    /// The labels of a bucket.
    Labels,
    /// One label of a bucket, by its key.
    Label(String),
    /// What an API key is called.
    Name,
    /// For how long an API key goes on that is rotated.
    OverlapSeconds,
    /// The group of a membership.
    Group,
    /// The user of a membership, or of an access key.
    User,
    /// The buckets that an access key is good for.
    Buckets,
    /// The prefixes that an access key is good below.
    Prefixes,
    /// The networks that an access key is good from.
    Cidrs,
}

impl Field {
    /// Whether it says which grant is meant: a path or a query names it, where one grant is asked for.
    pub const fn is_of_grant_key(&self) -> bool {
        matches!(self, Self::Bucket | Self::Prefix | Self::Subject)
    }
}

/// Its name on the wire; that of a label is `labels/KEY`.
impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Bucket => "bucket",
            Self::Prefix => "prefix",
            Self::Subject => "subject",
            Self::Permissions => "permissions",
            Self::Reason => "reason",
            Self::ExpiresAt => "expires_at",
            Self::PublicPermissions => "public_permissions",
            Self::Labels => "labels",
            Self::Label(key) => return write!(f, "labels/{key}"),
            Self::Name => "name",
            Self::OverlapSeconds => "overlap_seconds",
            Self::Group => "group",
            Self::User => "user",
            Self::Buckets => "buckets",
            Self::Prefixes => "prefixes",
            Self::Cidrs => "cidrs",
        })
    }
}

/// A rule of the model that one field breaks. Its text is the rule.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{rule}")]
pub struct Flaw {
    field: Field,
    rule: Cow<'static, str>,
}

impl Flaw {
    pub(super) fn new(field: Field, rule: impl Into<Cow<'static, str>>) -> Self {
        Self { field, rule: rule.into() }
    }

    /// A field whose text is no name of its kind.
    pub(super) fn of(field: Field) -> impl FnOnce(super::InvalidName) -> Self {
        |error| Self::new(field, error.to_string())
    }

    /// Which field it is.
    pub const fn field(&self) -> &Field {
        &self.field
    }
}
