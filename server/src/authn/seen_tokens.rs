//! Tokens that were verified a moment ago: RSA is by far the dearest part of letting somebody in.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use quick_cache::sync::Cache;
use sha2::{Digest as _, Sha256};

use super::claims::TokenClaims;

/// Tokens that are remembered at most. One takes about half a kilobyte.
const CAPACITY: usize = 16_384;
/// How long one is remembered at most.
const LIFETIME: TimeDelta = TimeDelta::minutes(1);

/// SHA-256 of a whole token: nothing shorter, or one token's claims would be another's
/// (GHSA-rp9m-7r4c-75qg).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct TokenHash([u8; 32]);

impl TokenHash {
    /// The hash of `token`.
    pub(super) fn of(token: &str) -> Self {
        Self(Sha256::digest(token).into())
    }
}

/// Good tokens by their hash. Bad ones are not kept: there is no end of them.
#[derive(Debug)]
pub(super) struct SeenTokens(Cache<TokenHash, Seen>);

#[derive(Debug, Clone)]
struct Seen {
    claims: Arc<TokenClaims>,
    /// Which keys it was verified with.
    epoch: u64,
    at: DateTime<Utc>,
}

impl Default for SeenTokens {
    fn default() -> Self {
        Self(Cache::new(CAPACITY))
    }
}

impl SeenTokens {
    /// What the token said, if it was verified with the keys of `epoch` less than a minute ago.
    /// Whether it has ended since is for the caller to see.
    pub(super) fn get_if_fresh(
        &self,
        token: &TokenHash,
        epoch: u64,
        now: DateTime<Utc>,
    ) -> Option<Arc<TokenClaims>> {
        let seen = self.0.get(token)?;
        let age = now - seen.at;
        // A clock that was set back says nothing about what is not valid yet.
        let is_recent = age >= TimeDelta::zero() && age < LIFETIME;
        (seen.epoch == epoch && is_recent).then_some(seen.claims)
    }

    /// Notes what a good token said.
    pub(super) fn note(
        &self,
        token: TokenHash,
        epoch: u64,
        claims: Arc<TokenClaims>,
        at: DateTime<Utc>,
    ) {
        self.0.insert(token, Seen { claims, epoch, at });
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::domain::SubjectId;

    #[test]
    fn a_token_is_known_for_a_minute_and_while_the_keys_are_the_same() {
        let now = DateTime::from_timestamp(1_800_000_000, 0).unwrap();
        let claims = Arc::new(TokenClaims {
            user: SubjectId::parse("ada").unwrap(),
            project: None,
            groups: BTreeSet::new(),
            service_account: false,
            expires_at: now + TimeDelta::hours(1),
            signed_in_at: None,
        });
        let hash = TokenHash::of;
        let seen = SeenTokens::default();
        seen.note(hash("a.b.c"), 7, Arc::clone(&claims), now);
        let knows = |token, epoch, seconds| {
            seen.get_if_fresh(&hash(token), epoch, now + TimeDelta::seconds(seconds)).is_some()
        };
        assert!(knows("a.b.c", 7, 0) && knows("a.b.c", 7, 59));
        assert!(!knows("a.b.c", 7, 60), "too long ago");
        assert!(!knows("a.b.c", 7, -1), "the clock was set back");
        assert!(!knows("a.b.c", 8, 0), "other keys");
        assert!(!knows("a.b.d", 7, 0), "another token");
    }
}
