//! For which prefixes listings are allowed.

use super::policy::shown;
use super::resource::parse_prefix;
use crate::Prefix;

/// The prefix of a listing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Listed {
    /// Whatever begins with this.
    Below(String),
    /// This alone.
    Exactly(String),
}

impl Listed {
    /// What both allow.
    fn and(&self, other: &Self) -> Option<Self> {
        let (one, narrower) = match (self, other) {
            (Self::Below(_), Self::Exactly(_)) => (self, other),
            (Self::Below(one), Self::Below(another)) if another.starts_with(one) => (self, other),
            _ => (other, self),
        };
        one.allows(narrower.text()).then(|| narrower.clone())
    }

    fn text(&self) -> &str {
        match self {
            Self::Below(text) | Self::Exactly(text) => text,
        }
    }

    fn allows(&self, prefix: &str) -> bool {
        match self {
            Self::Below(text) => prefix.starts_with(text),
            Self::Exactly(text) => prefix == text,
        }
    }
}

/// The listings that conditions leave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Prefixes {
    /// Those with a prefix: none is any.
    listed: Option<Vec<Listed>>,
    /// Requests without a prefix: some listings, and everything else.
    without: bool,
}

/// The prefixes below which grants may allow listings.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Places {
    pub(super) exact: Vec<Prefix>,
    /// Below which more is listed than the policy allows: with why.
    pub(super) wider: Vec<(Prefix, String)>,
    /// What no grant says, in sentences.
    pub(super) lost: Vec<String>,
}

impl Prefixes {
    pub(super) fn all() -> Self {
        Self { listed: None, without: true }
    }

    /// One of `listed`; and whatever has no prefix, where `without`.
    pub(super) fn of(listed: Vec<Listed>, without: bool) -> Self {
        Self { listed: Some(listed), without }
    }

    /// Those that have a prefix, or those that have none.
    pub(super) fn given(given: bool) -> Self {
        Self { listed: (!given).then(Vec::new), without: !given }
    }

    pub(super) fn and(&self, other: &Self) -> Self {
        let listed = match (&self.listed, &other.listed) {
            (Some(some), Some(others)) => {
                let both =
                    |one: &Listed| others.iter().filter_map(|other| one.and(other)).collect();
                Some(some.iter().flat_map(|one| -> Vec<_> { both(one) }).collect())
            }
            (some, others) => some.clone().or_else(|| others.clone()),
        };
        Self { listed, without: self.without && other.without }
    }

    /// Whether what is no listing is allowed: it has no prefix.
    pub(super) fn allow_objects(&self) -> bool {
        self.without
    }

    /// Where grants may allow listings.
    pub(super) fn places(&self) -> Places {
        let mut places = Places::default();
        let Some(listed) = &self.listed else {
            places.add_below("", self.without);
            return places;
        };
        for one in listed {
            match one {
                Listed::Below(prefix) => places.add_below(prefix, self.without),
                Listed::Exactly(prefix) => places.add_exactly(prefix, listed),
            }
        }
        places
    }
}

impl Places {
    fn add_below(&mut self, prefix: &str, without: bool) {
        match parse_prefix(prefix) {
            Err(why) => {
                self.lost.push(format!("s3:prefix {}: {why}", shown(&format!("{prefix}*"))));
            }
            Ok(whole) if whole.is_whole_bucket() && !without => {
                self.wider.push((whole, "listings without a prefix".to_owned()));
            }
            Ok(prefix) => self.exact.push(prefix),
        }
    }

    /// One prefix alone, unless it is among what others allow.
    fn add_exactly(&mut self, prefix: &str, listed: &[Listed]) {
        if listed.iter().any(|other| matches!(other, Listed::Below(_)) && other.allows(prefix)) {
            return;
        }
        if let Ok(read) = parse_prefix(prefix) {
            let what = format!("listings of everything below {}", shown(prefix));
            self.wider.push((read, what));
        } else {
            let prefix = shown(prefix);
            self.lost
                .push(format!("s3:prefix {prefix}: grants list below a prefix, not one alone"));
        }
    }
}
