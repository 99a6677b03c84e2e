//! The head of a request, as it came.

use std::borrow::Cow;

/// A request's head. Nothing in it was decoded, merged or sorted.
#[derive(Debug, Clone)]
pub struct Head<'h> {
    /// The method.
    pub method: &'h str,
    /// The target in its origin form: a path and what stands behind it.
    pub target: &'h str,
    /// Names and values, in order; `host` is among them, byte for byte as it arrived.
    pub headers: Vec<(&'h str, &'h [u8])>,
}

impl<'h> Head<'h> {
    /// The path and the query, without the `?`.
    pub(super) fn split(&self) -> (&'h str, Option<&'h str>) {
        match self.target.split_once('?') {
            Some((path, query)) => (path, Some(query)),
            None => (self.target, None),
        }
    }

    /// Every value of a header, in order.
    pub(super) fn values<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'h [u8]> + 'a {
        let named = self.headers.iter().filter(move |(have, _)| have.eq_ignore_ascii_case(name));
        named.map(|(_, value)| *value)
    }

    /// Whether a header was sent.
    pub(super) fn has(&self, name: &str) -> bool {
        self.values(name).next().is_some()
    }

    /// The value of a header that was sent once, as text without blanks around it.
    /// `Some(None)` where it is there and is none.
    pub(super) fn text(&self, name: &str) -> Option<Option<&'h str>> {
        let mut values = self.values(name);
        let value = values.next()?;
        Some(match values.next() {
            None => std::str::from_utf8(value).ok().map(|value| value.trim_matches([' ', '\t'])),
            Some(_) => None,
        })
    }
}

/// Most names come in lower case already.
pub(super) fn lower_case(name: &str) -> Cow<'_, str> {
    match name.bytes().any(|byte| byte.is_ascii_uppercase()) {
        true => Cow::Owned(name.to_ascii_lowercase()),
        false => Cow::Borrowed(name),
    }
}
