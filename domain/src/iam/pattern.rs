//! Texts of a policy with wildcards `*` and `?` and variables `${…}`.
//!
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html>

use super::policy::shown;
use crate::grant_prefix::Variable;

/// The values of variables.
#[derive(Debug, Clone, Copy)]
pub(super) struct Variables<'a> {
    /// Whether the version of the policy has variables.
    pub(super) known: bool,
    /// Who the policy is for.
    pub(super) whom: Whom<'a>,
}

/// Who a policy is for.
#[derive(Debug, Clone, Copy)]
pub(super) enum Whom<'a> {
    /// One user: their id, and what they are called.
    One { id: &'a str, name: &'a str },
    /// Several users: a variable is another for each, and stays one.
    Each,
}

/// The variables of policies that stand for something else for each user, as templates of grants have them:
/// `aws:username` is the friendly name of a user and `aws:userid` the id that no other user ever has. The
/// characters stand for them in texts where they stay variables; keys and policies cannot have these.
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html>
const OF_USERS: [(&str, Variable, char); 2] =
    [("aws:username", Variable::Username, '\0'), ("aws:userid", Variable::User, '\u{1}')];

/// Whether the text of a policy asks what users are called.
pub fn asks_for_names(policy: &str) -> bool {
    policy.to_ascii_lowercase().contains("aws:username")
}

/// A variable of a template as a policy has it.
pub(super) fn in_policies(variable: Variable) -> String {
    let name = OF_USERS.iter().find(|(_, one, _)| *one == variable).map_or("", |(name, ..)| name);
    format!("${{{name}}}")
}

/// The text with the variables that stayed ones written by `name`; `None` if it has none.
pub(super) fn with_variables(text: &str, name: impl Fn(Variable) -> String) -> Option<String> {
    let is_there = |(_, _, mark): &&(&str, Variable, char)| text.contains(*mark);
    let there = OF_USERS.iter().filter(is_there);
    there.fold(None, |read, (_, variable, mark)| {
        let read: String = read.unwrap_or_else(|| text.to_owned());
        Some(read.replace(*mark, &name(*variable)))
    })
}

/// What a variable stands for.
enum Value<'a> {
    Text(&'a str),
    /// Something else for each user.
    Each(char),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Piece {
    Literal(char),
    /// Any run of characters.
    Any,
    /// One character.
    One,
}

/// A text with wildcards.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Pattern(Vec<Piece>);

impl Pattern {
    /// Reads a text and replaces its variables. Their values contain no wildcards.
    ///
    /// # Errors
    /// A sentence about the variable that has no value here.
    pub(super) fn parse<'a>(text: &'a str, variables: Variables<'a>) -> Result<Self, String> {
        let mut pieces = Vec::new();
        let mut rest = text;
        while let Some(character) = rest.chars().next() {
            if let Some(inner) = rest.strip_prefix("${") {
                let (name, after) = inner.split_once('}').ok_or("`${` is not closed")?;
                match variables.value(name)? {
                    Value::Text(value) => pieces.extend(value.chars().map(Piece::Literal)),
                    Value::Each(mark) => pieces.push(Piece::Literal(mark)),
                }
                rest = after;
                continue;
            }
            match character {
                _ if OF_USERS.iter().any(|(_, _, mark)| *mark == character) => {
                    return Err("a key has no control characters".to_owned());
                }
                // `**` matches what `*` matches.
                '*' if pieces.last() == Some(&Piece::Any) => {}
                '*' => pieces.push(Piece::Any),
                '?' => pieces.push(Piece::One),
                other => pieces.push(Piece::Literal(other)),
            }
            rest = &rest[character.len_utf8()..];
        }
        Ok(Self(pieces))
    }

    /// The text, if the pattern has no wildcards.
    pub(super) fn literal(&self) -> Option<String> {
        let characters = self.0.iter().map(|piece| match piece {
            Piece::Literal(character) => Some(*character),
            Piece::Any | Piece::One => None,
        });
        characters.collect()
    }

    /// The prefix, if the pattern is a literal prefix followed by one `*`.
    pub(super) fn below(&self) -> Option<String> {
        let (last, before) = self.0.split_last()?;
        if *last == Piece::Any { Self(before.to_vec()).literal() } else { None }
    }

    /// The text with `*` and `?` as plain characters, for operators without wildcards.
    pub(super) fn plain(&self) -> String {
        let characters = self.0.iter().map(|piece| match piece {
            Piece::Literal(character) => *character,
            Piece::Any => '*',
            Piece::One => '?',
        });
        characters.collect()
    }
}

impl<'a> Variables<'a> {
    /// The value of `${name}`. Names are case-insensitive. A default value may follow after a
    /// comma; it is ignored.
    fn value(self, name: &'a str) -> Result<Value<'a>, String> {
        if !self.known {
            return Err("`${…}` has a value only where Version is 2012-10-17".to_owned());
        }
        let key = name.split_once(',').map_or(name, |(key, _)| key).trim();
        if matches!(name, "*" | "?" | "$") {
            return Ok(Value::Text(name));
        }
        let of_users = OF_USERS.iter().find(|(one, ..)| key.eq_ignore_ascii_case(one));
        match (of_users, self.whom) {
            (Some((_, variable, _)), Whom::One { id, name }) => {
                let value = if *variable == Variable::Username { name } else { id };
                // As in templates: a name with `/` would reach into what another is called.
                if value.contains('/') {
                    return Err(format!(
                        "{} has a `/` for this user",
                        shown(&format!("${{{key}}}"))
                    ));
                }
                Ok(Value::Text(value))
            }
            (Some((_, _, mark)), Whom::Each) => Ok(Value::Each(*mark)),
            (None, _) => {
                Err(format!("grants do not know the variable {}", shown(&format!("${{{name}}}"))))
            }
        }
    }
}

/// The pattern that matches this text only.
pub(super) fn escape(text: &str) -> String {
    let escape = |character| match character {
        '*' | '?' | '$' => format!("${{{character}}}"),
        other => other.to_string(),
    };
    text.chars().map(escape).collect()
}
