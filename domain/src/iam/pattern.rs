//! Texts of a policy with wildcards `*` and `?` and variables `${…}`.
//!
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html>

use super::policy::shown;

/// The values of variables.
#[derive(Debug, Clone, Copy)]
pub(super) struct Variables<'a> {
    /// Whether the version of the policy has variables.
    pub(super) known: bool,
    /// The value of `${aws:username}`, if the policy belongs to one user.
    pub(super) user: Option<&'a str>,
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
                pieces.extend(variables.value(name)?.chars().map(Piece::Literal));
                rest = after;
                continue;
            }
            match character {
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
    fn value(self, name: &'a str) -> Result<&'a str, String> {
        if !self.known {
            return Err("`${…}` has a value only where Version is 2012-10-17".to_owned());
        }
        let key = name.split_once(',').map_or(name, |(key, _)| key).trim();
        match name {
            "*" | "?" | "$" => Ok(name),
            _ if key.eq_ignore_ascii_case("aws:username") => self.user.ok_or_else(|| {
                "`${aws:username}` is another for each user: give --user".to_owned()
            }),
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
