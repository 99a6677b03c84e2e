//! Verifies user tokens.

use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::claims::{CheckedClaims, ClaimRules, TokenClaims};
use super::error::AuthnError;
use super::jwt;
use super::key_cache::KeyCache;
use super::remark::Said;
use super::seen_tokens::{SeenTokens, TokenHash};
use crate::limits::Over;

/// The auth service's keys, the rules for its tokens, and a cache of verified tokens.
#[derive(Debug)]
pub struct Tokens {
    keys: Arc<KeyCache>,
    rules: ClaimRules,
    seen: SeenTokens,
    said: Said,
}

impl Tokens {
    /// Accepts tokens that `keys` signed and that follow `rules`.
    pub fn new(keys: Arc<KeyCache>, rules: ClaimRules) -> Self {
        Self { keys, rules, seen: SeenTokens::default(), said: Said::default() }
    }

    /// The auth service's keys.
    pub fn keys(&self) -> &Arc<KeyCache> {
        &self.keys
    }

    /// The rules for tokens.
    pub fn rules(&self) -> &ClaimRules {
        &self.rules
    }

    /// The claims of `token`, if it is valid at `now`. A token that is not in the cache is verified
    /// only if `may_look` allows it.
    pub(super) async fn claims(
        &self,
        token: &str,
        now: DateTime<Utc>,
        may_look: impl FnOnce() -> Result<(), Over>,
    ) -> Result<Arc<TokenClaims>, AuthnError> {
        let hash = TokenHash::of(token);
        // Read the epoch before verifying: if the keys change meanwhile, the cache entry must not
        // be valid for the new keys.
        let epoch = self.keys.epoch();
        if let Some(claims) = epoch.and_then(|epoch| self.seen.get_if_fresh(&hash, epoch, now)) {
            self.rules.check_end(claims.expires_at, now)?;
            return Ok(claims);
        }
        may_look()?;
        // Boxed, so that requests with a cached token do not carry the space of this future.
        let verified = jwt::verify(token, self.rules.max_bytes, &self.keys);
        let signed = Box::pin(verified).await?;
        let CheckedClaims { claims, remarks } = self.rules.read(&signed, now)?;
        self.said.say(remarks);
        let claims = Arc::new(claims);
        if let Some(epoch) = epoch {
            self.seen.note(hash, epoch, Arc::clone(&claims), now);
        }
        Ok(claims)
    }
}
