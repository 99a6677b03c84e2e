//! Whom a command is about: users, groups and everybody.

use sail_cargo_protocol::{ChangeGrantQuery, GrantQuery, SubjectKind};

use super::format::words;
use super::named::{Spot, name, subject};

/// What is said where an IAM policy is nobody's.
pub(super) const NOBODYS: &str =
    "an IAM policy needs a subject: give --user, --group or --token-group";

/// Whom a grant names, and where.
#[derive(Debug, clap::Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of the command line")]
pub(super) struct Whom {
    /// The user id, or the name of a group; `*` for everybody
    #[arg(value_parser = subject)]
    pub(super) subject: String,
    /// The subject is a group: those on the member list here
    #[arg(long, conflicts_with_all = ["token_group", "authenticated", "public"])]
    group: bool,
    /// The subject is a token group: those whose tokens name it
    #[arg(long, conflicts_with_all = ["authenticated", "public"])]
    token_group: bool,
    /// Everybody with a token; the subject is `*`
    #[arg(long, conflicts_with = "public")]
    authenticated: bool,
    /// Everybody; the subject is `*`
    #[arg(long)]
    public: bool,
    /// The bucket, or a prefix of it as `bucket/prefix/`
    pub(super) place: Spot,
}

impl Whom {
    pub(super) fn kind(&self) -> SubjectKind {
        match (self.group, self.token_group, self.authenticated, self.public) {
            (true, ..) => SubjectKind::Group,
            (_, true, ..) => SubjectKind::TokenGroup,
            (_, _, true, _) => SubjectKind::Authenticated,
            (_, _, _, true) => SubjectKind::Public,
            _ => SubjectKind::User,
        }
    }

    /// What the subject is called: no two kinds are called the same.
    pub(super) fn called(&self) -> String {
        called(self.kind(), &self.subject)
    }

    /// Which of the subject's grants on the bucket.
    pub(super) fn which(&self) -> GrantQuery {
        GrantQuery { prefix: self.place.rest.clone(), kind: self.kind() }
    }

    pub(super) fn query(&self, force: bool) -> ChangeGrantQuery {
        ChangeGrantQuery { prefix: self.place.rest.clone(), kind: self.kind(), force }
    }
}

/// Whose grants.
#[derive(Debug, clap::Args)]
#[group(multiple = false)]
pub(super) struct Whose {
    /// Only of this user
    #[arg(long, value_parser = name)]
    user: Option<String>,
    /// Only of this group
    #[arg(long, value_parser = name)]
    group: Option<String>,
    /// Only of this token group
    #[arg(long, value_parser = name)]
    token_group: Option<String>,
}

impl Whose {
    /// The one who was named.
    pub(super) fn named(&self) -> Option<(SubjectKind, &str)> {
        one_of(self.user.as_deref(), self.group.as_deref(), self.token_group.as_deref())
    }
}

/// The one of them who is named.
pub(super) fn one_of<'a>(
    user: Option<&'a str>,
    group: Option<&'a str>,
    token_group: Option<&'a str>,
) -> Option<(SubjectKind, &'a str)> {
    let user = user.map(|name| (SubjectKind::User, name));
    let group = group.map(|name| (SubjectKind::Group, name));
    user.or(group).or(token_group.map(|name| (SubjectKind::TokenGroup, name)))
}

/// A subject in a sentence: a user by their id, anybody else with the kind.
pub(super) fn called(kind: SubjectKind, subject: &str) -> String {
    match kind {
        SubjectKind::User => subject.to_owned(),
        other => format!("{} {subject}", words([other])),
    }
}
