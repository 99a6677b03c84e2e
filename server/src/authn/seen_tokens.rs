//! A cache of verified tokens: the RSA check is by far the most expensive part of authentication.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use quick_cache::sync::Cache;
use sha2::{Digest as _, Sha256};

use super::claims::TokenClaims;
use super::issuers::Stamp;

/// The largest number of cached tokens. One takes about half a kilobyte.
const CAPACITY: usize = 16_384;
/// How long a token stays in the cache.
const LIFETIME: TimeDelta = TimeDelta::minutes(1);

/// SHA-256 of a whole token. A hash of only a part could give one token the claims of another
/// (GHSA-rp9m-7r4c-75qg).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct TokenHash([u8; 32]);

impl TokenHash {
    /// The hash of `token`.
    pub(super) fn of(token: &str) -> Self {
        Self(Sha256::digest(token).into())
    }
}

/// Valid tokens by their hash. Invalid tokens are not cached: a client can send any number of them.
#[derive(Debug)]
pub(super) struct SeenTokens(Cache<TokenHash, Seen>);

#[derive(Debug, Clone)]
struct Seen {
    claims: Arc<TokenClaims>,
    /// The issuers and keys that verified the token.
    by: Stamp,
    at: DateTime<Utc>,
}

impl Default for SeenTokens {
    fn default() -> Self {
        Self(Cache::new(CAPACITY))
    }
}

impl SeenTokens {
    /// The token's claims, if keys that are current verified it less than a minute ago. The caller
    /// must check whether the token has expired since.
    pub(super) fn get_if_fresh(
        &self,
        token: &TokenHash,
        is_current: impl FnOnce(&Stamp) -> bool,
        now: DateTime<Utc>,
    ) -> Option<Arc<TokenClaims>> {
        let seen = self.0.get(token)?;
        let age = now - seen.at;
        // If the clock was set back, a token that is not valid yet must be checked again.
        let is_recent = age >= TimeDelta::zero() && age < LIFETIME;
        (is_recent && is_current(&seen.by)).then_some(seen.claims)
    }

    /// Caches the claims of a valid token.
    pub(super) fn note(
        &self,
        token: TokenHash,
        by: Stamp,
        claims: Arc<TokenClaims>,
        at: DateTime<Utc>,
    ) {
        self.0.insert(token, Seen { claims, by, at });
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
            may_choose_project: false,
            groups: BTreeSet::new(),
            service_account: false,
            expires_at: now + TimeDelta::hours(1),
            signed_in_at: None,
            epoch: None,
        });
        let hash = TokenHash::of;
        let seen = SeenTokens::default();
        seen.note(hash("a.b.c"), Stamp::for_tests(7), Arc::clone(&claims), now);
        let knows = |token, epoch, seconds| {
            let at = now + TimeDelta::seconds(seconds);
            let is_current = |by: &Stamp| *by == Stamp::for_tests(epoch);
            seen.get_if_fresh(&hash(token), is_current, at).is_some()
        };
        assert!(knows("a.b.c", 7, 0) && knows("a.b.c", 7, 59));
        assert!(!knows("a.b.c", 7, 60), "too long ago");
        assert!(!knows("a.b.c", 7, -1), "the clock was set back");
        assert!(!knows("a.b.c", 8, 0), "other keys");
        assert!(!knows("a.b.d", 7, 0), "another token");
    }
}
