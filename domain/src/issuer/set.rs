//! All issuers of a server, together.

use std::sync::Arc;

use super::Issuer;
use super::alias::IssuerAlias;
use crate::limits::MAX_ISSUERS;

/// Issuers that do not contradict each other: no token is for two of them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct IssuerSet {
    issuers: Vec<Arc<Issuer>>,
    /// The aliases of all issuers that ever were, as far as they are known.
    taken: Vec<IssuerAlias>,
}

/// Why issuers contradict each other. Each is named by its alias.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[expect(missing_docs, reason = "each variant's sentence is its documentation")]
pub enum SetFlaw {
    #[error("two issuers are called `{0}`")]
    SameAlias(String),
    #[error(
        "a token could be for `{0}` and for `{1}`: they have the same issuer, and an audience in common"
    )]
    SameTokens(String, String),
    #[error(
        "`{0}` and `{1}` are different issuers with the same keys: each could sign tokens of the other"
    )]
    SameKeys(String, String),
    #[error("`{0}` has the users of `{1}`, which is no issuer with users of its own")]
    MergedIntoNothing(String, String),
    #[error("a server has at most {MAX_ISSUERS} issuers")]
    TooMany,
}

impl SetFlaw {
    /// The stable name of the reason, for programs.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::SameAlias(_) => "issuer_exists",
            Self::SameTokens(..) => "issuer_overlaps",
            Self::SameKeys(..) => "issuer_keys_shared",
            Self::MergedIntoNothing(..) => "issuer_merge_unknown",
            Self::TooMany => "too_many_issuers",
        }
    }
}

/// Why no issuer is the one of a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoIssuer {
    /// None has its `iss`.
    Issuer,
    /// One has, but for another audience.
    Audience,
}

impl IssuerSet {
    /// The set of one issuer, which contradicts nothing.
    pub fn alone(issuer: Arc<Issuer>) -> Self {
        Self { issuers: vec![issuer], taken: Vec::new() }
    }

    /// The set of `issuers`.
    ///
    /// # Errors
    /// [`SetFlaw`] if two of them contradict each other.
    pub fn of(issuers: impl IntoIterator<Item = Issuer>) -> Result<Self, SetFlaw> {
        let issuers: Vec<_> = issuers.into_iter().map(Arc::new).collect();
        if issuers.len() > MAX_ISSUERS {
            return Err(SetFlaw::TooMany);
        }
        for (index, one) in issuers.iter().enumerate() {
            issuers[..index].iter().try_for_each(|other| demand_apart(other, one))?;
            demand_merge(one, &issuers)?;
        }
        Ok(Self { issuers, taken: Vec::new() })
    }

    /// This set and those of `more` that do not contradict it or one another; and the others, each with what it
    /// contradicts.
    pub fn with(&self, mut more: Vec<Issuer>) -> (Self, Vec<(Issuer, SetFlaw)>) {
        // Whoever has the users of another comes after it.
        more.sort_by_key(|issuer| issuer.names_under() != issuer.alias());
        let (mut all, mut left_out) = (self.clone(), Vec::new());
        for issuer in more {
            let known = all.issuers.iter().map(|known| Issuer::clone(known));
            match Self::of(known.chain([issuer.clone()])) {
                Ok(more) => all.issuers = more.issuers,
                Err(flaw) => left_out.push((issuer, flaw)),
            }
        }
        (all, left_out)
    }

    /// This set, in which nobody is called as users of an issuer with one of these aliases were, though it may be gone.
    #[must_use]
    pub fn knowing(self, taken: Vec<IssuerAlias>) -> Self {
        Self { taken, ..self }
    }

    /// The issuers, in the order in which they were given.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &Arc<Issuer>> {
        self.issuers.iter()
    }

    /// Whether there is none: no token is accepted.
    pub fn is_empty(&self) -> bool {
        self.issuers.is_empty()
    }

    /// The place in the set of the one issuer whose tokens name `iss` and one of `audiences`. Compares byte
    /// for byte.
    ///
    /// # Errors
    /// [`NoIssuer`].
    pub fn find(&self, iss: &str, audiences: &[String]) -> Result<usize, NoIssuer> {
        let mut why = NoIssuer::Issuer;
        for (index, issuer) in self.issuers.iter().enumerate() {
            if issuer.name() != iss {
                continue;
            }
            if issuer.audiences().accept(audiences) {
                return Ok(index);
            }
            why = NoIssuer::Audience;
        }
        Err(why)
    }

    /// The alias that `name` begins with as names of its issuer do.
    pub fn alias_before(&self, name: &str) -> Option<&IssuerAlias> {
        self.issuers.iter().filter_map(|issuer| issuer.alias()).find(|alias| alias.is_before(name))
    }

    /// The alias that `name` begins with as names of an issuer do that is in the set, or that ever was.
    pub fn alias_taken_before(&self, name: &str) -> Option<&IssuerAlias> {
        let former = || self.taken.iter().find(|alias| alias.is_before(name));
        self.alias_before(name).or_else(former)
    }

    /// How sessions of the user `id` are bound to their issuers.
    pub fn session_terms(&self, id: &str) -> SessionTerms {
        let alias = self.alias_before(id);
        let theirs = self.issuers.iter().filter(|issuer| issuer.names_under() == alias);
        let longest = theirs.filter_map(|issuer| issuer.life().session).min();
        SessionTerms { alias: alias.cloned(), longest }
    }
}

/// How sessions of a user are bound to their issuer.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SessionTerms {
    /// The alias before the user's name.
    pub alias: Option<IssuerAlias>,
    /// How long a session may live, in seconds, as far as issuers limit it.
    pub longest: Option<u32>,
}

fn demand_apart(one: &Issuer, other: &Issuer) -> Result<(), SetFlaw> {
    let called = || (one.called().to_owned(), other.called().to_owned());
    if one.alias() == other.alias() {
        return Err(SetFlaw::SameAlias(one.called().to_owned()));
    }
    let is_same = one.name() == other.name();
    if is_same && one.audiences().meet(other.audiences()) {
        let (one, other) = called();
        return Err(SetFlaw::SameTokens(one, other));
    }
    if !is_same && one.keys() == other.keys() {
        let (one, other) = called();
        return Err(SetFlaw::SameKeys(one, other));
    }
    Ok(())
}

/// The issuer whose users are merged into must have users of its own, under its own alias.
fn demand_merge(one: &Issuer, all: &[Arc<Issuer>]) -> Result<(), SetFlaw> {
    if one.names_under() == one.alias() {
        return Ok(());
    }
    let is_there = |other: &&Arc<Issuer>| {
        other.alias() == one.names_under() && other.names_under() == other.alias()
    };
    if all.iter().any(|other| is_there(&other)) {
        return Ok(());
    }
    let other = one.names_under().map_or(IssuerAlias::DEFAULT, IssuerAlias::as_str);
    Err(SetFlaw::MergedIntoNothing(one.called().to_owned(), other.to_owned()))
}
