//! Options that name subjects: users, groups and everybody.

use sail_cargo_protocol::{ChangeGrantQuery, GrantQuery, PrefixKind, SubjectKind};

use super::format::words;
use super::named::{Spot, name, subject};

/// The error of an IAM policy without a subject.
pub(super) const NOBODYS: &str =
    "an IAM policy needs a subject: give --user, --group or --token-group";

/// The subject of a grant, and the place it applies to.
#[derive(Debug, clap::Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of the command line")]
pub(super) struct Whom {
    /// A user's id or a group's name; `*` for everybody
    #[arg(value_parser = subject)]
    pub(super) subject: String,
    /// The subject is a group: its members are listed here
    #[arg(long, conflicts_with_all = ["token_group", "authenticated", "public"])]
    group: bool,
    /// The subject is a token group: its members have tokens that name it
    #[arg(long, conflicts_with_all = ["authenticated", "public"])]
    token_group: bool,
    /// The subject is everybody with a token; write it as `*`
    #[arg(long, conflicts_with = "public")]
    authenticated: bool,
    /// The subject is everybody, with or without a token; write it as `*`
    #[arg(long)]
    public: bool,
    /// The bucket, or a prefix of it as `bucket/prefix/`
    pub(super) place: Spot,
    /// The prefix is a template: `${user}` in it is the id of each user, `${username}` the name of their
    /// account; once, as a whole segment: `bucket/home/${user}/`
    #[arg(long)]
    template: bool,
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

    fn prefix_kind(&self) -> PrefixKind {
        if self.template { PrefixKind::Template } else { PrefixKind::Literal }
    }

    /// The subject in a sentence: distinct for each kind.
    pub(super) fn called(&self) -> String {
        called(self.kind(), &self.subject)
    }

    /// The query that selects the subject's grant on the place.
    pub(super) fn which(&self) -> GrantQuery {
        GrantQuery {
            prefix: self.place.rest.clone(),
            prefix_kind: self.prefix_kind(),
            kind: self.kind(),
        }
    }

    pub(super) fn query(&self, force: bool) -> ChangeGrantQuery {
        ChangeGrantQuery {
            prefix: self.place.rest.clone(),
            prefix_kind: self.prefix_kind(),
            kind: self.kind(),
            force,
        }
    }
}

/// Options that select grants by subject.
#[derive(Debug, clap::Args)]
#[group(multiple = false)]
pub(super) struct Whose {
    /// Only grants to this user
    #[arg(long, value_parser = name)]
    user: Option<String>,
    /// Only grants to this group
    #[arg(long, value_parser = name)]
    group: Option<String>,
    /// Only grants to this token group
    #[arg(long, value_parser = name)]
    token_group: Option<String>,
}

impl Whose {
    /// The selected subject, if there is one.
    pub(super) fn named(&self) -> Option<(SubjectKind, &str)> {
        one_of(self.user.as_deref(), self.group.as_deref(), self.token_group.as_deref())
    }
}

/// Options that select one subject of a listing.
#[derive(Debug, clap::Args)]
#[group(multiple = false)]
pub(super) struct Who {
    /// Only this user, by id
    #[arg(long, value_parser = name)]
    user: Option<String>,
    /// Only this group
    #[arg(long, value_parser = name)]
    group: Option<String>,
    /// Only this token group
    #[arg(long, value_parser = name)]
    token_group: Option<String>,
    /// Only everybody with a token
    #[arg(long)]
    authenticated: bool,
    /// Only everybody, with or without a token
    #[arg(long)]
    public: bool,
}

impl Who {
    /// The selected subject, if there is one.
    pub(super) fn named(&self) -> Option<(SubjectKind, &str)> {
        let named =
            one_of(self.user.as_deref(), self.group.as_deref(), self.token_group.as_deref());
        let everybody = match (self.authenticated, self.public) {
            (true, _) => Some(SubjectKind::Authenticated),
            (_, true) => Some(SubjectKind::Public),
            (false, false) => None,
        };
        named.or(everybody.map(|kind| (kind, "*")))
    }
}

/// The subject among the three options, if one is given.
pub(super) fn one_of<'a>(
    user: Option<&'a str>,
    group: Option<&'a str>,
    token_group: Option<&'a str>,
) -> Option<(SubjectKind, &'a str)> {
    let user = user.map(|name| (SubjectKind::User, name));
    let group = group.map(|name| (SubjectKind::Group, name));
    user.or(group).or(token_group.map(|name| (SubjectKind::TokenGroup, name)))
}

/// A subject in a sentence: a user by their id, other kinds with their name.
pub(super) fn called(kind: SubjectKind, subject: &str) -> String {
    match kind {
        SubjectKind::User => subject.to_owned(),
        other => format!("{} {subject}", words([other])),
    }
}

/// A subject in a column: of an account with its name.
pub(super) fn known_as(subject: &str, username: Option<&str>) -> String {
    match username {
        Some(username) => format!("{subject} ({username})"),
        None => subject.to_owned(),
    }
}

/// The kind of a prefix behind it in a sentence, unless it is literal.
pub(super) fn template(kind: PrefixKind) -> &'static str {
    if kind == PrefixKind::Literal { "" } else { " (template)" }
}
