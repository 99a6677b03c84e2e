//! A grant as it is kept: which one, what it says, and where it comes from.

use chrono::{DateTime, SubsecRound as _, Utc};

use super::grant::{Grant, Subject, SubjectKind};
use super::names::{BucketName, Prefix};
use super::permissions::Permissions;

/// Where a grant stands in listings: bucket, prefix, kind and subject, byte for byte.
pub type Position = (String, String, String, String);

/// Which grant: no two have the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GrantKey {
    /// The bucket.
    pub bucket: BucketName,
    /// The part of it.
    pub prefix: Prefix,
    /// Whom it names.
    pub subject: Subject,
}

impl GrantKey {
    /// Where it stands in listings.
    pub fn position(&self) -> Position {
        (
            self.bucket.to_string(),
            self.prefix.to_string(),
            self.subject.letter().to_owned(),
            self.subject.name().to_owned(),
        )
    }
}

/// What a grant says, beside which one it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GrantState {
    /// What it allows.
    pub permissions: Permissions,
    /// Not before this instant.
    pub not_before: Option<DateTime<Utc>>,
    /// Not at or after this instant.
    pub expires_at: Option<DateTime<Utc>>,
    /// Why it was given.
    pub reason: Option<String>,
}

impl GrantState {
    /// With its instants as they are kept: to the microsecond.
    #[must_use]
    pub fn rounded(self) -> Self {
        Self {
            not_before: self.not_before.map(|at| at.trunc_subsecs(6)),
            expires_at: self.expires_at.map(|at| at.trunc_subsecs(6)),
            ..self
        }
    }
}

/// A grant with its history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredGrant {
    /// Which one.
    pub key: GrantKey,
    /// What it says.
    pub state: GrantState,
    /// Who gave it.
    pub granted_by: String,
    /// The revision that created it.
    pub created_revision: i64,
    /// The revision that last changed it.
    pub updated_revision: i64,
}

impl StoredGrant {
    /// What decisions are made from.
    pub fn into_grant(self) -> Grant {
        Grant {
            bucket: self.key.bucket,
            prefix: self.key.prefix,
            subject: self.key.subject,
            permissions: self.state.permissions,
            not_before: self.state.not_before,
            expires_at: self.state.expires_at,
        }
    }
}

/// Which grants to list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct GrantFilter {
    /// On this bucket.
    pub bucket: Option<BucketName>,
    /// That name subjects of this kind.
    pub kind: Option<SubjectKind>,
    /// That name a subject called so.
    pub subject: Option<String>,
}

impl GrantFilter {
    /// Whether `grant` is one of them.
    pub fn lets_through(&self, grant: &StoredGrant) -> bool {
        let key = &grant.key;
        self.bucket.as_ref().is_none_or(|bucket| *bucket == key.bucket)
            && self.kind.is_none_or(|kind| kind == key.subject.kind())
            && self.subject.as_ref().is_none_or(|subject| subject == key.subject.name())
    }
}
