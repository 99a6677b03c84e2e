//! A prefix with a variable: another part of a bucket for each user.

use super::account::Usernames;
use super::invalid_name::InvalidName;
use super::limits::MAX_SUBJECT;
use super::names::{Prefix, SubjectId};
use super::variable_values::VariableValues;

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

    /// Its value for the user of `values`, if there is one.
    fn of(self, values: VariableValues<'_>) -> Option<&str> {
        match self {
            Self::User => values.user(),
            Self::Username => values.username(),
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

    /// The prefix that it is for the user of `values`. `None` where the variable has no value for them, or one
    /// that is not a plain segment of a key.
    pub fn of(&self, values: VariableValues<'_>) -> Option<Prefix> {
        let value = self.variable.of(values)?;
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

    /// Whether it covers, for the user of `values`, every key that starts with `text`.
    pub(crate) fn covers(&self, values: VariableValues<'_>, text: &str) -> bool {
        let value = self.variable.of(values);
        let rest = text.strip_prefix(self.before()).and_then(|rest| rest.strip_prefix(value?));
        // Most keys are elsewhere. The value is checked for the others only.
        rest.is_some_and(|rest| rest.starts_with(self.after())) && self.of(values).is_some()
    }

    /// The user for whom it covers `key`, if there is one. `usernames` are those of the project's accounts.
    pub fn user_of(&self, key: &str, usernames: &Usernames) -> Option<SubjectId> {
        let (value, _) = key.strip_prefix(self.before())?.split_once('/')?;
        let id = match self.variable {
            Variable::User => SubjectId::parse(value).ok()?,
            Variable::Username => usernames.user(value)?.clone(),
        };
        self.covers(VariableValues::of(&id, usernames.of(&id)), key).then_some(id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::account::Username;

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
        assert!(template("home/${user}/").demand_plain().is_ok());
        assert!(template("home//${user}/").demand_plain().is_err());
    }

    #[test]
    fn a_template_is_a_prefix_of_a_user_s_own_and_no_other() {
        let home = template("home/${user}/x/");
        let nobodys = Usernames::default();
        let of = |name: &str| {
            home.of(VariableValues::of(&id(name), None)).map(|prefix| prefix.to_string())
        };
        for name in ["ada", "Ada", "ада", "a b", "${user}", "*", "a..b", "ada:x", "ada@example.com"]
        {
            assert_eq!(of(name), Some(format!("home/{name}/x/")));
        }
        for name in ["a/b", "/", "..", ".", "a\\b", "%2e", "%2E%2e", "a%2Fb", "a%5cb", "%00"] {
            assert_eq!(of(name), None, "{name}");
        }
        assert_eq!(home.of(VariableValues::of(&SubjectId::nobody(), None)), None);
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
            let is_covered = home.covers(VariableValues::of(&id(name), None), key);
            assert_eq!(is_covered, covered, "{name} {key}");
            let owner = home.user_of(key, &nobodys);
            assert_eq!(owner, covered.then(|| id(name)).or(owner.clone()), "{key}");
        }
        assert_eq!(home.user_of("home/adam/x/y", &nobodys), Some(id("adam")));
        assert_eq!(home.user_of("home/adam/y", &nobodys), None);
    }

    #[test]
    fn a_username_is_that_of_an_account_and_no_id() {
        let home = template("home/${username}/x/");
        let (account, ada) =
            (id("0190b3f6-7c2e-7a31-8b5e-2f6d9a4c1e10"), Username::parse("ada").unwrap());
        let of = |user: &SubjectId, name| {
            home.of(VariableValues::of(user, name)).map(|prefix| prefix.to_string())
        };
        assert_eq!(of(&account, Some(&ada)).as_deref(), Some("home/ada/x/"));
        // Whoever has no account has no username, whatever their id is.
        assert_eq!(of(&id("ada"), None), None);
        let usernames = Usernames::from_iter([(account.clone(), ada.clone())]);
        for (key, owner) in [
            ("home/ada/x/", Some(&account)),
            ("home/ada/x/y", Some(&account)),
            ("home/ada/y", None),
            // The key has these very bytes.
            ("home/Ada/x/y", None),
            ("home/adam/x/y", None),
            ("home/0190b3f6-7c2e-7a31-8b5e-2f6d9a4c1e10/x/y", None),
            ("home/${username}/x/y", None),
        ] {
            assert_eq!(home.user_of(key, &usernames).as_ref(), owner, "{key}");
            let covered = home.covers(VariableValues::of(&account, Some(&ada)), key);
            assert_eq!(covered, owner.is_some(), "{key}");
        }
    }
}
