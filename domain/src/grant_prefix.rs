//! The part of a bucket that a grant covers, as it is written: literally, or with a variable in it.

use std::fmt;

pub use sail_cargo_protocol::PrefixKind;

use super::grant::Subject;
use super::invalid_name::InvalidName;
use super::limits::MAX_SUBJECT;
use super::names::{Prefix, SubjectId};
use super::user::User;

/// The prefix of a grant. Its kind is stated and never guessed from the text: `${user}/` may be either.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum GrantPrefix {
    /// These very bytes.
    Literal(Prefix),
    /// Another prefix for each user.
    Template(PrefixTemplate),
}

/// A prefix with one variable, which is a whole segment: `home/${user}/`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PrefixTemplate {
    /// The template as it was given.
    text: Prefix,
    variable: Variable,
    /// Where the variable begins in the text.
    at: usize,
}

/// What a template stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Variable {
    /// The id of the user.
    User,
    /// The name of the user's account. Users of tokens of other services have none.
    Username,
}

impl Variable {
    const EACH: [Self; 2] = [Self::User, Self::Username];

    /// The variable as it is written.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::User => "${user}",
            Self::Username => "${username}",
        }
    }

    /// Its value for `user`, if there is one.
    fn of(self, user: &SubjectId) -> Option<&str> {
        match self {
            Self::User => Some(user.as_str()),
            // No caller carries the name of an account.
            Self::Username => None,
        }
    }
}

impl PrefixTemplate {
    /// Reads a template: a prefix that has `${user}` or `${username}` once, as a whole segment, and no
    /// other `${`.
    ///
    /// # Errors
    /// [`InvalidName`], with the rule that the text breaks.
    pub fn parse(text: &str) -> Result<Self, InvalidName> {
        const UNKNOWN: InvalidName =
            InvalidName::new("a template has `${user}` or `${username}`, and no other variable");
        let text = Prefix::parse(text)?;
        let mut begins = text.as_str().match_indices("${").map(|(at, _)| at);
        let at = begins.next().ok_or(UNKNOWN)?;
        let rest = &text.as_str()[at..];
        let variable =
            Variable::EACH.into_iter().find(|variable| rest.starts_with(variable.as_str()));
        let variable = variable.ok_or(UNKNOWN)?;
        if begins.next().is_some() {
            return Err(InvalidName::new("a template has one variable, once"));
        }
        let (before, after) = (&text.as_str()[..at], &rest[variable.as_str().len()..]);
        if !(before.is_empty() || before.ends_with('/')) || !after.starts_with('/') {
            return Err(InvalidName::new("the variable of a template is a whole segment"));
        }
        Ok(Self { text, variable, at })
    }

    /// The text before the variable: everything that the template can stand for is below it.
    pub fn before(&self) -> &str {
        &self.text.as_str()[..self.at]
    }

    /// The text after the variable.
    pub fn after(&self) -> &str {
        &self.text.as_str()[self.at + self.variable.as_str().len()..]
    }

    /// The template as it was given.
    pub fn as_str(&self) -> &str {
        self.text.as_str()
    }

    /// What it stands for.
    pub const fn variable(&self) -> Variable {
        self.variable
    }

    /// The prefix that it is for the user `id`. `None` where the variable has no value for them, or one that
    /// is not a plain segment of a key.
    pub fn of(&self, id: &SubjectId) -> Option<Prefix> {
        let value = self.variable.of(id)?;
        let fits = !value.is_empty() && value.len() <= MAX_SUBJECT && !value.contains('/');
        let prefix = format!("{}{value}{}", self.before(), self.after());
        let prefix = Prefix::parse(&prefix).ok().filter(|_| fits)?;
        prefix.demand_plain().is_ok().then_some(prefix)
    }

    /// Checks a new template by the rules of [`Prefix::demand_plain`].
    ///
    /// # Errors
    /// [`InvalidName`], with the rule that the text breaks.
    pub fn demand_plain(&self) -> Result<(), InvalidName> {
        self.text.demand_plain()
    }

    /// Whether it covers, for the user `id`, every key that starts with `text`.
    fn covers(&self, id: &SubjectId, text: &str) -> bool {
        let value = self.variable.of(id);
        let rest = text.strip_prefix(self.before()).and_then(|rest| rest.strip_prefix(value?));
        // Most keys are elsewhere. The value is checked for the others only.
        rest.is_some_and(|rest| rest.starts_with(self.after())) && self.of(id).is_some()
    }

    /// The user for whom it covers `key`, if there is one.
    pub fn user_of(&self, key: &str) -> Option<SubjectId> {
        let (value, _) = key.strip_prefix(self.before())?.split_once('/')?;
        let id = SubjectId::parse(value).ok()?;
        self.covers(&id, key).then_some(id)
    }
}

impl GrantPrefix {
    /// Reads the prefix of a grant.
    ///
    /// # Errors
    /// [`InvalidName`], with the rule that the text breaks.
    pub fn parse(kind: PrefixKind, text: &str) -> Result<Self, InvalidName> {
        match kind {
            PrefixKind::Literal => Prefix::parse(text).map(Self::Literal),
            PrefixKind::Template => PrefixTemplate::parse(text).map(Self::Template),
            _ => Err(InvalidName::new("a known kind of prefix")),
        }
    }

    /// Checks the prefix of a new grant by the rules of [`Prefix::demand_plain`].
    ///
    /// # Errors
    /// [`InvalidName`], with the rule that the prefix breaks.
    pub fn demand_plain(&self) -> Result<(), InvalidName> {
        match self {
            Self::Literal(prefix) => prefix.demand_plain(),
            Self::Template(template) => template.demand_plain(),
        }
    }

    /// The kind of the prefix.
    pub const fn kind(&self) -> PrefixKind {
        match self {
            Self::Literal(_) => PrefixKind::Literal,
            Self::Template(_) => PrefixKind::Template,
        }
    }

    /// The letter for the kind in stored and sorted grants. It never changes.
    pub const fn letter(&self) -> &'static str {
        match self {
            Self::Literal(_) => "l",
            Self::Template(_) => "t",
        }
    }

    /// The prefix as it was given.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Literal(prefix) => prefix.as_str(),
            Self::Template(template) => template.as_str(),
        }
    }

    /// The part of the bucket that holds everything the prefix covers, for whomever.
    pub fn literal_part(&self) -> &str {
        match self {
            Self::Literal(prefix) => prefix.as_str(),
            Self::Template(template) => template.before(),
        }
    }

    /// Whether the prefix covers the whole bucket.
    pub fn is_whole_bucket(&self) -> bool {
        matches!(self, Self::Literal(prefix) if prefix.is_whole_bucket())
    }

    /// The prefix that it is for `user`; `None` for a template that has no value for them.
    pub fn of(&self, user: &User) -> Option<Prefix> {
        match self {
            Self::Literal(prefix) => Some(prefix.clone()),
            Self::Template(template) => template.of(&user.id),
        }
    }

    /// Whether it is a prefix for `user`.
    pub fn is_for(&self, user: &User) -> bool {
        match self {
            Self::Literal(_) => true,
            Self::Template(template) => template.of(&user.id).is_some(),
        }
    }

    /// Whether it covers, for `user`, every key that starts with `text`.
    pub fn covers(&self, user: &User, text: &str) -> bool {
        match self {
            Self::Literal(prefix) => prefix.covers(text),
            Self::Template(template) => template.covers(&user.id, text),
        }
    }

    /// Whether it covers, for every user, all that `other` covers.
    pub fn contains(&self, other: &Self) -> bool {
        match (self, other) {
            (_, Self::Template(other)) => self.contains_template(other),
            (Self::Literal(prefix), Self::Literal(other)) => prefix.covers(other.as_str()),
            (Self::Template(_), Self::Literal(_)) => false,
        }
    }

    /// Whether it covers, for every user, all that `template` is for them.
    pub fn contains_template(&self, template: &PrefixTemplate) -> bool {
        match self {
            Self::Literal(prefix) => prefix.covers(template.before()),
            Self::Template(own) => template.as_str().starts_with(own.as_str()),
        }
    }

    /// The prefix as `subject` has it: a user the literal one, and `None` where there is none for them;
    /// several users the one that was given.
    pub fn for_subject(&self, subject: &Subject) -> Option<Self> {
        match (self, subject) {
            (Self::Template(template), Subject::User(id)) => template.of(id).map(Self::Literal),
            _ => Some(self.clone()),
        }
    }
}

impl From<Prefix> for GrantPrefix {
    fn from(prefix: Prefix) -> Self {
        Self::Literal(prefix)
    }
}

impl fmt::Display for GrantPrefix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn template(text: &str) -> PrefixTemplate {
        PrefixTemplate::parse(text).unwrap()
    }

    fn id(text: &str) -> SubjectId {
        SubjectId::parse(text).unwrap()
    }

    #[test]
    fn a_template_has_one_variable_which_is_a_segment() {
        for text in ["${user}/", "home/${user}/", "a/${username}/b/", "home/${user}/$/{x}/"] {
            assert_eq!(template(text).as_str(), text);
        }
        for (text, rule) in [
            ("home/", "no other variable"),
            ("", "no other variable"),
            ("home/${user}", "ends in `/`"),
            ("home/${aws:username}/", "no other variable"),
            ("home/${User}/", "no other variable"),
            ("home/${user", "ends in `/`"),
            ("home/${user/", "no other variable"),
            ("${user}/${user}/", "once"),
            ("${user}/${x}/", "once"),
            ("x${user}/", "whole segment"),
            ("${user}x/", "whole segment"),
            ("../${user}/", "segment"),
        ] {
            let told = PrefixTemplate::parse(text).unwrap_err().to_string();
            assert!(told.contains(rule), "{text}: {told}");
        }
        let plain = |text: &str| GrantPrefix::parse(PrefixKind::Template, text).unwrap();
        assert!(plain("home/${user}/").demand_plain().is_ok());
        assert!(plain("home//${user}/").demand_plain().is_err());
    }

    #[test]
    fn a_template_is_a_prefix_of_a_user_s_own_and_no_other() {
        let home = template("home/${user}/x/");
        let of = |name: &str| home.of(&id(name)).map(|prefix| prefix.to_string());
        for name in ["ada", "Ada", "ада", "a b", "${user}", "*", "a..b", "ada:x", "ada@example.com"]
        {
            assert_eq!(of(name), Some(format!("home/{name}/x/")));
        }
        for name in ["a/b", "/", "..", ".", "a\\b", "%2e", "%2E%2e", "a%2Fb", "a%5cb", "%00"] {
            assert_eq!(of(name), None, "{name}");
        }
        assert_eq!(home.of(&SubjectId::nobody()), None);
        assert_eq!(template("home/${username}/").of(&id("ada")), None);
        for (name, key, covered) in [
            ("ada", "home/ada/x/", true),
            ("ada", "home/ada/x/y", true),
            ("ada", "home/ada/x", false),
            ("ada", "home/ada", false),
            ("ada", "home/adam/x/y", false),
            ("ad", "home/ada/x/y", false),
            ("ada", "home/${user}/x/y", false),
            ("ada/x", "home/ada/x/x/y", false),
            ("..", "home/../x/y", false),
        ] {
            assert_eq!(home.covers(&id(name), key), covered, "{name} {key}");
            assert_eq!(home.user_of(key), covered.then(|| id(name)).or(home.user_of(key)), "{key}");
        }
        assert_eq!(home.user_of("home/adam/x/y"), Some(id("adam")));
        assert_eq!(home.user_of("home/adam/y"), None);
    }

    #[test]
    fn what_a_prefix_contains_it_contains_for_everybody() {
        let literal = |text: &str| GrantPrefix::parse(PrefixKind::Literal, text).unwrap();
        let template = |text: &str| GrantPrefix::parse(PrefixKind::Template, text).unwrap();
        for (one, other, contained) in [
            (literal(""), template("home/${user}/"), true),
            (literal("home/"), template("home/${user}/"), true),
            (literal("home/${user}/"), template("home/${user}/"), false),
            (template("home/${user}/"), literal("home/${user}/"), false),
            (template("home/${user}/"), literal("home/ada/"), false),
            (template("home/${user}/"), template("home/${user}/x/"), true),
            (template("home/${user}/x/"), template("home/${user}/"), false),
            (template("home/${user}/"), template("home/${username}/"), false),
        ] {
            assert_eq!(one.contains(&other), contained, "{one:?} {other:?}");
        }
    }
}
