//! The head of a request, as it came.

use std::borrow::Cow;
use std::fmt;

/// A request's head. Nothing in it was decoded, merged or sorted.
#[derive(Clone)]
pub struct Head<'h> {
    /// The method.
    pub method: &'h str,
    /// The target in its origin form: a path and what stands behind it.
    pub target: &'h str,
    /// Names and values, in order; `host` is among them, byte for byte as it arrived.
    pub headers: Vec<(&'h str, &'h [u8])>,
}

/// Shows the path and the names: tokens and signatures stand in the rest.
impl fmt::Debug for Head<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> = self.headers.iter().map(|(name, _)| *name).collect();
        f.debug_struct("Head")
            .field("method", &self.method)
            .field("path", &self.split().0)
            .field("headers", &names)
            .finish_non_exhaustive()
    }
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

    /// The value of a header, as text without blanks around it.
    ///
    /// # Errors
    /// A header that was sent twice, or is no text.
    pub(super) fn text(&self, name: &str) -> Result<Option<&'h str>, NotOneText> {
        let mut values = self.values(name);
        let Some(value) = values.next() else { return Ok(None) };
        if values.next().is_some() {
            return Err(NotOneText);
        }
        let value = std::str::from_utf8(value).map_err(|_| NotOneText)?;
        Ok(Some(value.trim_matches([' ', '\t'])))
    }
}

/// A header that was sent twice, or is no text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct NotOneText;

/// Most names come in lower case already.
pub(super) fn lower_case(name: &str) -> Cow<'_, str> {
    if name.bytes().any(|byte| byte.is_ascii_uppercase()) {
        Cow::Owned(name.to_ascii_lowercase())
    } else {
        Cow::Borrowed(name)
    }
}
