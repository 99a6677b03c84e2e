//! One grant: its subject, place, permissions and period.

use chrono::{DateTime, Utc};

use super::grant_prefix::GrantPrefix;
use super::invalid_name::InvalidName;
use super::names::{BucketName, SubjectId};
use super::permissions::Permissions;
use super::user::User;
pub use sail_cargo_protocol::SubjectKind;

/// The subject of a grant: the users that it names.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Subject {
    /// One user.
    User(SubjectId),
    /// All members of a group of the project, according to its own member list.
    Group(SubjectId),
    /// All users whose token names this group. Distinct from a group of the project that has the
    /// same name.
    TokenGroup(SubjectId),
    /// Every user with a valid token for the project.
    Authenticated,
    /// Everybody, with or without credentials.
    Public,
}

impl Subject {
    /// Reads a subject from its kind and name; the kinds for everybody have the name `*`.
    ///
    /// # Errors
    /// [`InvalidName`] if the name is invalid, or is not `*` where it must be; also if this version
    /// does not know the kind.
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

    /// The user, if it is one.
    pub fn user(&self) -> Option<&SubjectId> {
        match self {
            Self::User(id) => Some(id),
            Self::Group(_) | Self::TokenGroup(_) | Self::Authenticated | Self::Public => None,
        }
    }

    /// Checks that the name is valid for a new grant, by the rules of [`SubjectId::parse_new`].
    ///
    /// # Errors
    /// [`InvalidName`], with the rule that the name breaks.
    pub fn demand_plain(&self) -> Result<(), InvalidName> {
        match self {
            Self::User(id) | Self::Group(id) | Self::TokenGroup(id) => id.demand_plain(),
            Self::Authenticated | Self::Public => Ok(()),
        }
    }

    /// The kind of the subject.
    pub fn kind(&self) -> SubjectKind {
        match self {
            Self::User(_) => SubjectKind::User,
            Self::Group(_) => SubjectKind::Group,
            Self::TokenGroup(_) => SubjectKind::TokenGroup,
            Self::Authenticated => SubjectKind::Authenticated,
            Self::Public => SubjectKind::Public,
        }
    }

    /// The letter for the subject's kind in stored and sorted grants. It never changes.
    pub fn letter(&self) -> &'static str {
        kind_letter(self.kind())
    }

    /// The name of the subject; `*` for everybody.
    pub fn name(&self) -> &str {
        match self {
            Self::User(id) | Self::Group(id) | Self::TokenGroup(id) => id.as_str(),
            Self::Authenticated | Self::Public => "*",
        }
    }
}

/// The letter for a kind. An unknown kind gets a letter that no grant has.
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

/// Permissions of a subject on a bucket or on a prefix of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    /// The bucket.
    pub bucket: BucketName,
    /// The prefix that the grant covers.
    pub prefix: GrantPrefix,
    /// The subject.
    pub subject: Subject,
    /// The permissions.
    pub permissions: Permissions,
    /// The start of the grant; `None` if it has none.
    pub not_before: Option<DateTime<Utc>>,
    /// The end of the grant, exclusive; `None` if it has none.
    pub expires_at: Option<DateTime<Utc>>,
}

impl Grant {
    /// Whether the grant is in force at `now`: `not_before <= now < expires_at`.
    pub fn is_live(&self, now: DateTime<Utc>) -> bool {
        self.not_before.is_none_or(|start| start <= now)
            && self.expires_at.is_none_or(|end| now < end)
    }

    /// Whether the grant names `user`, whose groups on the project's own member lists are `groups`.
    pub fn names(&self, user: &User, groups: &[SubjectId]) -> bool {
        match &self.subject {
            Subject::User(id) => *id == user.id,
            Subject::Group(group) => groups.contains(group),
            Subject::TokenGroup(group) => user.groups.contains(group),
            Subject::Authenticated | Subject::Public => true,
        }
    }
}
