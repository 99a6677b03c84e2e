//! What storages read in different ways although S3 reads it in one: escapes that stand in a key as
//! text (`a%2Fb`, sent as `a%252Fb`), and `_` in the names of metadata.
//!
//! Such a request is read at the gateway only ([`Endpoint::of_gateway`](super::Endpoint::of_gateway)),
//! and [`decide`](fn@crate::decide) approves it only for a storage that was seen to read it in one way.

use super::Refusal;

/// Something that storages read in different ways.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ambiguity {
    /// `%2F` in a key: to whoever decodes twice, a slash.
    Slash,
    /// `%2E` in a key: to whoever decodes twice, a dot.
    Dot,
    /// `%5C` in a key: to whoever decodes twice, a backslash.
    Backslash,
    /// `%00` in a key: to whoever decodes twice, the end.
    Nul,
    /// `_` in the name of metadata: to whoever makes variables of headers, a `-`.
    Underscore,
}

impl Ambiguity {
    /// All of them.
    pub const ALL: [Self; 5] =
        [Self::Slash, Self::Dot, Self::Backslash, Self::Nul, Self::Underscore];

    /// As it stands in a key or a name.
    pub const fn text(self) -> &'static str {
        match self {
            Self::Slash => "%2F",
            Self::Dot => "%2E",
            Self::Backslash => "%5C",
            Self::Nul => "%00",
            Self::Underscore => "_",
        }
    }
}

/// A set of [`Ambiguity`]s.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Ambiguities(u8);

impl Ambiguities {
    /// The empty set.
    pub const NONE: Self = Self(0);

    /// Those in the text of a key: its escapes, in either case.
    pub(super) fn of_key(key: &str) -> Self {
        if !key.contains('%') {
            return Self::NONE;
        }
        let key = key.to_ascii_uppercase();
        let escapes = Ambiguity::ALL.into_iter().filter(|one| *one != Ambiguity::Underscore);
        escapes.filter(|escape| key.contains(escape.text())).collect()
    }

    /// Whether the set has this one.
    pub const fn contains(self, one: Ambiguity) -> bool {
        self.0 & (1 << one as u8) != 0
    }

    /// Whether the set has all of `others`.
    pub const fn contains_all(self, others: Self) -> bool {
        self.0 & others.0 == others.0
    }

    /// Whether the set is empty.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The members.
    pub fn iter(self) -> impl Iterator<Item = Ambiguity> {
        Ambiguity::ALL.into_iter().filter(move |one| self.contains(*one))
    }
}

impl FromIterator<Ambiguity> for Ambiguities {
    fn from_iter<I: IntoIterator<Item = Ambiguity>>(all: I) -> Self {
        Self(all.into_iter().fold(0, |set, one| set | 1 << one as u8))
    }
}

/// What a request has of them, each with the refusal that it meets where a storage was not seen to read
/// it in one way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Ambiguous {
    /// Whether there may be any.
    is_taken: bool,
    found: Vec<(Ambiguities, Refusal)>,
}

impl Ambiguous {
    /// Of a request to the gateway (`is_taken`), or to anybody else.
    pub(super) const fn new(is_taken: bool) -> Self {
        Self { is_taken, found: Vec::new() }
    }

    /// Notes what the text of a key, or of a part of one, has of them.
    ///
    /// # Errors
    /// [`Refusal::DoubleEncoded`] where none is taken.
    pub(super) fn note_key(&mut self, key: &str, place: &'static str) -> Result<(), Refusal> {
        self.note(Ambiguities::of_key(key), || Refusal::DoubleEncoded(place))
    }

    /// Notes some.
    ///
    /// # Errors
    /// The refusal, where none is taken.
    pub(super) fn note(
        &mut self,
        some: Ambiguities,
        refusal: impl FnOnce() -> Refusal,
    ) -> Result<(), Refusal> {
        match (some.is_empty(), self.is_taken) {
            (true, _) => {}
            (false, true) => self.found.push((some, refusal())),
            (false, false) => return Err(refusal()),
        }
        Ok(())
    }

    /// Demands that a storage reads all of them in one way.
    ///
    /// # Errors
    /// The refusal of the first that is not among `settled`.
    pub(super) fn demand(&self, settled: Ambiguities) -> Result<(), Refusal> {
        let unsettled = self.found.iter().find(|(some, _)| !settled.contains_all(*some));
        unsettled.map_or(Ok(()), |(_, refusal)| Err(refusal.clone()))
    }
}

#[cfg(test)]
mod tests;
