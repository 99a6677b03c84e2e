//! The headers of a request as its caller describes them.

use sail_cargo_protocol::Text;

/// Names and values of headers, in order, owned by the caller or borrowed by it. All of them are untrusted.
#[derive(Debug, Clone, Copy, Default)]
pub struct RawHeaders<'a>(Pairs<'a>);

#[derive(Debug, Clone, Copy)]
enum Pairs<'a> {
    Owned(&'a [(String, String)]),
    Borrowed(&'a [(Text<'a>, Text<'a>)]),
}

impl Default for Pairs<'_> {
    fn default() -> Self {
        Self::Owned(&[])
    }
}

impl<'a> RawHeaders<'a> {
    /// How many there are.
    pub fn len(self) -> usize {
        match self.0 {
            Pairs::Owned(pairs) => pairs.len(),
            Pairs::Borrowed(pairs) => pairs.len(),
        }
    }

    /// Whether there are none.
    pub fn is_empty(self) -> bool {
        self.len() == 0
    }

    /// Each name with its value.
    pub fn iter(self) -> impl Iterator<Item = (&'a str, &'a str)> {
        (0..self.len()).map(move |at| match self.0 {
            Pairs::Owned(pairs) => (&*pairs[at].0, &*pairs[at].1),
            Pairs::Borrowed(pairs) => (pairs[at].0.as_ref(), pairs[at].1.as_ref()),
        })
    }
}

impl<'a> From<&'a [(String, String)]> for RawHeaders<'a> {
    fn from(pairs: &'a [(String, String)]) -> Self {
        Self(Pairs::Owned(pairs))
    }
}

impl<'a> From<&'a Vec<(String, String)>> for RawHeaders<'a> {
    fn from(pairs: &'a Vec<(String, String)>) -> Self {
        Self(Pairs::Owned(pairs))
    }
}

impl<'a> From<&'a Vec<(Text<'a>, Text<'a>)>> for RawHeaders<'a> {
    fn from(pairs: &'a Vec<(Text<'a>, Text<'a>)>) -> Self {
        Self(Pairs::Borrowed(pairs))
    }
}
