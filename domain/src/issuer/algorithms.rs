//! Which algorithms an issuer may sign with.

use std::collections::BTreeSet;
use std::fmt;

use sail_cargo_protocol::TokenAlgorithm;

/// At least one algorithm, none of them with a shared secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Algorithms(BTreeSet<TokenAlgorithm>);

impl Algorithms {
    /// Every algorithm that Cargo knows.
    pub fn all() -> Self {
        use TokenAlgorithm::{EdDsa, Es256, Ps256, Rs256};
        Self([Rs256, Ps256, Es256, EdDsa].into())
    }

    /// `chosen`, or RS256 where nothing is chosen.
    pub(super) fn of(chosen: &BTreeSet<TokenAlgorithm>) -> Self {
        if chosen.is_empty() { Self::default() } else { Self(chosen.clone()) }
    }

    /// The accepted algorithm with the name `alg` (RFC 7518 §3.1), in exactly this spelling.
    pub fn named(&self, alg: &str) -> Option<TokenAlgorithm> {
        self.iter().find(|algorithm| Self::name(*algorithm) == alg)
    }

    /// The algorithms.
    pub fn iter(&self) -> impl Iterator<Item = TokenAlgorithm> {
        self.0.iter().copied()
    }

    /// Whether `algorithm` is accepted.
    pub fn contains(&self, algorithm: TokenAlgorithm) -> bool {
        self.0.contains(&algorithm)
    }

    /// The name of an algorithm in tokens and keys.
    pub const fn name(algorithm: TokenAlgorithm) -> &'static str {
        match algorithm {
            TokenAlgorithm::Rs256 => "RS256",
            TokenAlgorithm::Ps256 => "PS256",
            TokenAlgorithm::Es256 => "ES256",
            TokenAlgorithm::EdDsa => "EdDSA",
        }
    }
}

/// RS256, which OpenID Connect Core §15.1 demands of every provider.
impl Default for Algorithms {
    fn default() -> Self {
        Self([TokenAlgorithm::Rs256].into())
    }
}

/// Their names: `RS256 or ES256`.
impl fmt::Display for Algorithms {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = self.iter().map(Self::name).collect();
        f.write_str(&names.join(" or "))
    }
}
