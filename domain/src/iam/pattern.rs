//! Texts of a policy with wildcards `*` and `?` and variables `${…}`.
//!
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html>

use super::policy::shown;

/// The values of variables.
#[derive(Debug, Clone, Copy)]
pub(super) struct Variables<'a> {
    /// Whether the version of the policy has variables.
    pub(super) known: bool,
    /// Who the policy is for.
    pub(super) whom: Whom<'a>,
}

/// Who a policy is for: the value of `${aws:username}`.
#[derive(Debug, Clone, Copy)]
pub(super) enum Whom<'a> {
    /// One user.
    One(&'a str),
    /// Several users: the variable is another for each, and stays one.
    Each,
}

/// What stands for `${aws:username}` in texts where it stays a variable. Keys and policies cannot have it.
pub(super) const EACH: char = '\0';

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
                    Whom::One(value) => pieces.extend(value.chars().map(Piece::Literal)),
                    Whom::Each => pieces.push(Piece::Literal(EACH)),
                }
                rest = after;
                continue;
            }
            match character {
                EACH => return Err("a key has no control characters".to_owned()),
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
    fn value(self, name: &'a str) -> Result<Whom<'a>, String> {
        if !self.known {
            return Err("`${…}` has a value only where Version is 2012-10-17".to_owned());
        }
        let key = name.split_once(',').map_or(name, |(key, _)| key).trim();
        match name {
            "*" | "?" | "$" => Ok(Whom::One(name)),
            _ if key.eq_ignore_ascii_case("aws:username") => Ok(self.whom),
            _ => Err(format!("grants do not know the variable {}", shown(&format!("${{{name}}}")))),
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
