//! The part of a bucket that a grant covers, as it is written: literally, or with a variable in it.

use std::fmt;

pub use sail_cargo_protocol::PrefixKind;

use super::invalid_name::InvalidName;
use super::names::Prefix;
pub use super::prefix_template::{PrefixTemplate, Variable};
use super::variable_values::VariableValues;

/// The prefix of a grant. Its kind is stated and never guessed from the text: `${user}/` may be either.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum GrantPrefix {
    /// These very bytes.
    Literal(Prefix),
    /// Another prefix for each user.
    Template(PrefixTemplate),
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

    /// Whether it is another prefix for each username.
    pub fn is_by_username(&self) -> bool {
        matches!(self, Self::Template(template) if template.variable() == Variable::Username)
    }

    /// The prefix that it is for the user of `values`; `None` for a template that has no value for them.
    pub fn of(&self, values: VariableValues<'_>) -> Option<Prefix> {
        match self {
            Self::Literal(prefix) => Some(prefix.clone()),
            Self::Template(template) => template.of(values),
        }
    }

    /// Whether it is a prefix for the user of `values`.
    pub fn is_for(&self, values: VariableValues<'_>) -> bool {
        match self {
            Self::Literal(_) => true,
            Self::Template(template) => template.of(values).is_some(),
        }
    }

    /// Whether it covers, for the user of `values`, every key that starts with `text`.
    pub fn covers(&self, values: VariableValues<'_>, text: &str) -> bool {
        match self {
            Self::Literal(prefix) => prefix.covers(text),
            Self::Template(template) => template.covers(values, text),
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

    /// The prefix as a subject has it: a user, by `values`, the literal one, and `None` where there is none for
    /// them; several users (`None`) the one that was given.
    pub fn as_held(&self, values: Option<VariableValues<'_>>) -> Option<Self> {
        match (self, values) {
            (Self::Template(template), Some(values)) => template.of(values).map(Self::Literal),
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
