//! The prefixes for which conditions allow listings.

use super::policy::shown;
use super::resource::parse_prefix;
use crate::GrantPrefix;

/// The prefixes that one condition value matches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Listed {
    /// Every prefix that begins with this.
    Below(String),
    /// This prefix only.
    Exactly(String),
}

impl Listed {
    /// The prefixes that both match.
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

/// The requests that conditions on `s3:prefix` leave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Prefixes {
    /// Listings with a prefix; `None` means any prefix.
    listed: Option<Vec<Listed>>,
    /// Whether requests without a prefix are left: some listings, and all other operations.
    without: bool,
}

/// The prefixes below which grants may allow listings.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Places {
    pub(super) exact: Vec<GrantPrefix>,
    /// Prefixes below which a grant lists more than the policy allows, each with a sentence about
    /// it.
    pub(super) wider: Vec<(GrantPrefix, String)>,
    /// Prefixes that grants cannot express, in sentences.
    pub(super) lost: Vec<String>,
}

impl Prefixes {
    pub(super) fn all() -> Self {
        Self { listed: None, without: true }
    }

    /// Listings with a prefix in `listed`; with `without`, also requests that have no prefix.
    pub(super) fn of(listed: Vec<Listed>, without: bool) -> Self {
        Self { listed: Some(listed), without }
    }

    /// Only requests that have a prefix (`given`), or only requests that have none.
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

    /// Whether operations other than listings are allowed: they have no prefix.
    pub(super) fn allow_objects(&self) -> bool {
        self.without
    }

    /// The prefixes below which grants may allow listings.
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

    /// Adds one exact prefix, unless another value allows everything below it already.
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
