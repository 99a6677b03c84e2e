//! Why a new or changed object breaks a rule of the model, by field.

use std::borrow::Cow;
use std::fmt;

/// A field of an object that a caller creates or changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Field {
    /// The bucket of a grant.
    Bucket,
    /// The prefix of a grant.
    Prefix,
    /// The subject of a grant.
    Subject,
    /// What a grant allows, or an access key at most.
    Permissions,
    /// The reason that is noted with a grant.
    Reason,
    /// When a grant, key or membership ends.
    ExpiresAt,
    /// The public permissions of a bucket.
    PublicPermissions,
    /// The labels of a bucket.
    Labels,
    /// One label of a bucket, by its key.
    Label(String),
    /// The name of an API key.
    Name,
    /// How long a rotated API key stays valid.
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
    /// A setting of an issuer, by its name.
    Issuer(&'static str),
    /// The name that an account signs in with.
    Username,
    /// The e-mail address of an account.
    Email,
    /// The name of an account for people to read.
    DisplayName,
    /// What an account is good for.
    Status,
    /// Whether the user of an account sets another password first.
    MustChangePassword,
    /// The password of an account.
    Password,
    /// The password that takes the place of another.
    NewPassword,
}

impl Field {
    /// Whether the field is part of the key of a grant: requests for one grant have it in path or
    /// query.
    pub const fn is_of_grant_key(&self) -> bool {
        matches!(self, Self::Bucket | Self::Prefix | Self::Subject)
    }
}

/// The field's name on the wire; `labels/KEY` for a label.
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
            Self::Issuer(name) => name,
            Self::Username => "username",
            Self::Email => "email",
            Self::DisplayName => "display_name",
            Self::Status => "status",
            Self::MustChangePassword => "must_change_password",
            Self::Password => "password",
            Self::NewPassword => "new_password",
        })
    }
}

/// A rule of the model that a field breaks. Its text states the rule.
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

    /// A flaw of a field whose text is not a valid name.
    pub(super) fn of(field: Field) -> impl FnOnce(super::InvalidName) -> Self {
        |error| Self::new(field, error.to_string())
    }

    /// The field that breaks the rule.
    pub const fn field(&self) -> &Field {
        &self.field
    }
}
