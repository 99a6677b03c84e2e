//! The spellings of a target that a signature may be over.
//!
//! The documented one is decoded once and encoded again. Some clients sign the bytes that they
//! send: those that encode by `encodeURIComponent`, those that send `%2F` in a key. Both spellings
//! name one key, and only that is judged.

use super::super::canonical::Target;
use super::head::Head;
use super::query::{Pair, pairs};
use crate::s3::percent::{self, EscapeFlaw};

/// Path and query, each respelt and as it came where that differs.
pub(super) struct Spellings<'h> {
    path: Spelt<&'h str>,
    query: Spelt<String>,
}

struct Spelt<T> {
    canonical: String,
    as_came: Option<T>,
}

impl<'h> Spellings<'h> {
    /// Reads them. The pair of the signature is no part of either.
    pub(super) fn read(head: &Head<'h>) -> Result<Self, EscapeFlaw> {
        let (path, _) = head.split();
        let canonical = percent::respell_path(path)?;
        let differs = canonical != path;
        let path = Spelt { canonical, as_came: differs.then_some(path) };
        Ok(Self { path, query: query(head)? })
    }

    /// The documented one.
    pub(super) fn canonical(&self) -> Target<'_> {
        Target::new(&self.path.canonical, &self.query.canonical)
    }

    /// All of them, the documented one first.
    pub(super) fn iter(&self) -> impl Iterator<Item = Target<'_>> {
        let paths = std::iter::once(&*self.path.canonical).chain(self.path.as_came);
        paths.flat_map(|path| {
            let canonical = std::iter::once(&*self.query.canonical);
            let queries = canonical.chain(self.query.as_came.as_deref());
            queries.map(move |query| Target::new(path, query))
        })
    }
}

fn query(head: &Head<'_>) -> Result<Spelt<String>, EscapeFlaw> {
    let length = head.target.len();
    let (mut canonical, mut as_came) =
        (String::with_capacity(length), String::with_capacity(length));
    for Pair { raw, .. } in pairs(head).filter(|pair| !pair.is_signature()) {
        let (name, value) = raw.split_once('=').unwrap_or((raw, ""));
        for text in [&mut canonical, &mut as_came] {
            if !text.is_empty() {
                text.push('&');
            }
        }
        percent::respell_into(&mut canonical, name)?;
        canonical.push('=');
        percent::respell_into(&mut canonical, value)?;
        for part in [name, "=", value] {
            as_came.push_str(part);
        }
    }
    let differs = canonical != as_came;
    Ok(Spelt { canonical, as_came: differs.then_some(as_came) })
}
