//! Stored grants: key, content and history.

use chrono::{DateTime, SubsecRound as _, Utc};

use sail_cargo_protocol::{self as wire, GrantLine, PutGrant};

use super::flaw::{Field, Flaw};
use super::grant::{Grant, Subject, SubjectKind};
use super::grant_prefix::{GrantPrefix, PrefixKind};
use super::invalid_name::InvalidName;
use super::limits::MAX_REASON;
use super::names::BucketName;
use super::permissions::{Permission, Permissions};

/// The position of a grant in listings: bucket, prefix and its kind, kind and subject, compared byte for byte.
pub type Position = (String, String, String, String, String);

/// The key of a grant. It is unique.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GrantKey {
    /// The bucket.
    pub bucket: BucketName,
    /// The prefix in the bucket.
    pub prefix: GrantPrefix,
    /// The subject.
    pub subject: Subject,
}

impl GrantKey {
    /// Reads the key of a grant, its prefix with the kind. Accepts grants that are older than some rules for new grants.
    ///
    /// # Errors
    /// A [`Flaw`] if the bucket, prefix or subject is invalid.
    pub fn parse(
        bucket: &str,
        prefix: (PrefixKind, &str),
        kind: SubjectKind,
        subject: &str,
    ) -> Result<Self, Flaw> {
        Ok(Self {
            bucket: BucketName::parse(bucket).map_err(Flaw::of(Field::Bucket))?,
            prefix: GrantPrefix::parse(prefix.0, prefix.1).map_err(Flaw::of(Field::Prefix))?,
            subject: Subject::parse(kind, subject).map_err(Flaw::of(Field::Subject))?,
        })
    }

    /// Reads the key of a stored grant. S3 may have reserved the bucket's name since.
    ///
    /// # Errors
    /// [`InvalidName`] if the bucket, prefix or subject has never been valid.
    pub fn stored(
        bucket: &str,
        prefix: (PrefixKind, &str),
        kind: SubjectKind,
        subject: &str,
    ) -> Result<Self, InvalidName> {
        Ok(Self {
            bucket: BucketName::stored(bucket)?,
            prefix: GrantPrefix::parse(prefix.0, prefix.1)?,
            subject: Subject::parse(kind, subject)?,
        })
    }

    /// Checks that the prefix and the subject are valid for a new grant.
    ///
    /// # Errors
    /// A [`Flaw`], with the rule that is broken.
    pub fn demand_plain(&self) -> Result<(), Flaw> {
        self.prefix.demand_plain().map_err(Flaw::of(Field::Prefix))?;
        self.subject.demand_plain().map_err(Flaw::of(Field::Subject))
    }

    /// The grant with this key and the content `state`, as an import reads it.
    pub fn line(&self, state: GrantState) -> GrantLine {
        GrantLine {
            bucket: self.bucket.to_string(),
            prefix: self.prefix.to_string(),
            prefix_kind: self.prefix.kind(),
            kind: self.subject.kind(),
            subject: self.subject.name().to_owned(),
            permissions: state.permissions.into(),
            not_before: state.not_before,
            expires_at: state.expires_at,
            reason: state.reason,
        }
    }

    /// The position of the grant in listings.
    pub fn position(&self) -> Position {
        (
            self.bucket.to_string(),
            self.prefix.to_string(),
            self.prefix.letter().to_owned(),
            self.subject.letter().to_owned(),
            self.subject.name().to_owned(),
        )
    }
}

/// The content of a grant, without its key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GrantState {
    /// The permissions.
    pub permissions: Permissions,
    /// The start of the grant; `None` if it has none.
    pub not_before: Option<DateTime<Utc>>,
    /// The end of the grant, exclusive; `None` if it has none.
    pub expires_at: Option<DateTime<Utc>>,
    /// The reason that its author gave.
    pub reason: Option<String>,
}

impl GrantState {
    /// Reads the content of a grant to `subject`.
    ///
    /// # Errors
    /// A [`Flaw`] if there are no permissions; if everybody would get admin; if the reason has more
    /// than 500 characters, or control characters; if the grant ends before it begins.
    pub fn parse(put: PutGrant, subject: &Subject) -> Result<Self, Flaw> {
        demand_permissions(&put.permissions, subject)?;
        put.reason.as_deref().map_or(Ok(()), demand_reason)?;
        if put.not_before.zip(put.expires_at).is_some_and(|(from, until)| from >= until) {
            return Err(Flaw::new(Field::ExpiresAt, "must be after `not_before`"));
        }
        Ok(Self::stored(put))
    }

    /// Reads the content of a stored grant, which may be older than some rules for new grants.
    pub fn stored(put: PutGrant) -> Self {
        let PutGrant { permissions, not_before, expires_at, reason } = put;
        Self { permissions: (&permissions).into(), not_before, expires_at, reason }
    }

    /// The content that gives `permissions` from `not_before` until `expires_at`.
    pub fn during(
        permissions: Permissions,
        not_before: Option<DateTime<Utc>>,
        expires_at: Option<DateTime<Utc>>,
    ) -> Self {
        Self { permissions, not_before, expires_at, reason: None }
    }

    /// The content with instants truncated to microseconds, as the database stores them.
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
    /// The key.
    pub key: GrantKey,
    /// The content.
    pub state: GrantState,
    /// Who gave the grant.
    pub granted_by: String,
    /// The revision that created the grant.
    pub created_revision: i64,
    /// The revision that last changed the grant.
    pub updated_revision: i64,
}

impl StoredGrant {
    /// The grant without its history, for decisions.
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

/// A filter for listings of subjects, and of what they are given.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SubjectFilter {
    /// Subjects of this kind.
    pub kind: Option<SubjectKind>,
    /// Subjects with this name, of any kind.
    pub name: Option<String>,
}

impl SubjectFilter {
    /// Whether the filter selects `subject`.
    pub fn lets_through(&self, subject: &Subject) -> bool {
        self.kind.is_none_or(|kind| kind == subject.kind())
            && self.name.as_ref().is_none_or(|name| name == subject.name())
    }
}

/// A filter for listings of grants.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct GrantFilter {
    /// Grants on this bucket.
    pub bucket: Option<BucketName>,
    /// Grants to these subjects.
    pub subjects: SubjectFilter,
}

impl GrantFilter {
    /// Whether the filter selects `grant`.
    pub fn lets_through(&self, grant: &StoredGrant) -> bool {
        self.bucket.as_ref().is_none_or(|bucket| *bucket == grant.key.bucket)
            && self.subjects.lets_through(&grant.key.subject)
    }
}

impl From<&StoredGrant> for wire::Grant {
    fn from(grant: &StoredGrant) -> Self {
        Self {
            bucket: grant.key.bucket.to_string(),
            prefix: grant.key.prefix.to_string(),
            prefix_kind: grant.key.prefix.kind(),
            kind: grant.key.subject.kind(),
            subject: grant.key.subject.name().to_owned(),
            username: None,
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

fn demand_permissions(permissions: &wire::Permissions, subject: &Subject) -> Result<(), Flaw> {
    let is_everybody = matches!(subject, Subject::Authenticated | Subject::Public);
    let rule = if permissions.is_empty() {
        "at least one permission; delete the grant to give none"
    } else if is_everybody && permissions.contains(&Permission::Admin) {
        "admin is never given to everybody"
    } else {
        return Ok(());
    };
    Err(Flaw::new(Field::Permissions, rule))
}

fn demand_reason(reason: &str) -> Result<(), Flaw> {
    if reason.chars().count() > MAX_REASON {
        return Err(Flaw::new(Field::Reason, "at most 500 characters"));
    }
    if reason.chars().any(char::is_control) {
        return Err(Flaw::new(Field::Reason, "no control characters"));
    }
    Ok(())
}
