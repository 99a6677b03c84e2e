//! One grant: who, where, what, and when.

use chrono::{DateTime, Utc};

use super::caller::User;
use super::invalid_name::InvalidName;
use super::names::{BucketName, Prefix, SubjectId};
use super::permissions::Permissions;
pub use sail_cargo_protocol::SubjectKind;

/// Whom a grant names.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Subject {
    /// One user.
    User(SubjectId),
    /// Everybody on the member list that the project keeps of a group.
    Group(SubjectId),
    /// Everybody whose token names a group. A group of the project is another, even if it is
    /// called the same.
    TokenGroup(SubjectId),
    /// Everybody with a valid token for the project.
    Authenticated,
    /// Everybody.
    Public,
}

impl Subject {
    /// Reads a subject from its kind and name; `*` stands for everybody.
    ///
    /// # Errors
    /// A name that is none, or another than `*` for everybody; a kind that is not known here.
    pub fn parse(kind: SubjectKind, name: &str) -> Result<Self, InvalidName> {
        match kind {
            SubjectKind::User => SubjectId::parse(name).map(Self::User),
            SubjectKind::Group => SubjectId::parse(name).map(Self::Group),
            SubjectKind::TokenGroup => SubjectId::parse(name).map(Self::TokenGroup),
            SubjectKind::Authenticated | SubjectKind::Public if name != "*" => {
                Err(InvalidName::new("`*` for authenticated and public"))
            }
            SubjectKind::Authenticated => Ok(Self::Authenticated),
            SubjectKind::Public => Ok(Self::Public),
            _ => Err(InvalidName::new("a known kind of subject")),
        }
    }

    /// Demands of the name of one who is given something what [`SubjectId::parse_new`] demands.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn demand_plain(&self) -> Result<(), InvalidName> {
        match self {
            Self::User(id) | Self::Group(id) | Self::TokenGroup(id) => id.demand_plain(),
            Self::Authenticated | Self::Public => Ok(()),
        }
    }

    /// Which kind it is.
    pub fn kind(&self) -> SubjectKind {
        match self {
            Self::User(_) => SubjectKind::User,
            Self::Group(_) => SubjectKind::Group,
            Self::TokenGroup(_) => SubjectKind::TokenGroup,
            Self::Authenticated => SubjectKind::Authenticated,
            Self::Public => SubjectKind::Public,
        }
    }

    /// The letter that stands for its kind where grants are kept and sorted: it never changes.
    pub fn letter(&self) -> &'static str {
        kind_letter(self.kind())
    }

    /// Its name.
    pub fn name(&self) -> &str {
        match self {
            Self::User(id) | Self::Group(id) | Self::TokenGroup(id) => id.as_str(),
            Self::Authenticated | Self::Public => "*",
        }
    }
}

/// The letter of a kind; for one that is not known here, one that no grant has.
pub fn kind_letter(kind: SubjectKind) -> &'static str {
    match kind {
        SubjectKind::User => "u",
        SubjectKind::Group => "g",
        SubjectKind::TokenGroup => "t",
        SubjectKind::Authenticated => "k",
        SubjectKind::Public => "*",
        _ => "",
    }
}

/// What is allowed to a subject on a bucket or a prefix of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    /// The bucket.
    pub bucket: BucketName,
    /// The part of the bucket.
    pub prefix: Prefix,
    /// Whom it names.
    pub subject: Subject,
    /// What it allows.
    pub permissions: Permissions,
    /// Not before this instant.
    pub not_before: Option<DateTime<Utc>>,
    /// Not at or after this instant.
    pub expires_at: Option<DateTime<Utc>>,
}

impl Grant {
    /// Whether it counts at `now`: `not_before <= now < expires_at`.
    pub fn is_live(&self, now: DateTime<Utc>) -> bool {
        self.not_before.is_none_or(|start| start <= now)
            && self.expires_at.is_none_or(|end| now < end)
    }

    /// Whether it names `user`, whom the project's own member lists put in `groups`.
    pub fn names(&self, user: &User, groups: &[SubjectId]) -> bool {
        match &self.subject {
            Subject::User(id) => *id == user.id,
            Subject::Group(group) => groups.contains(group),
            Subject::TokenGroup(group) => user.groups.contains(group),
            Subject::Authenticated | Subject::Public => true,
        }
    }
}
