//! What it takes to accept user tokens.

use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::claims::{CheckedClaims, ClaimRules, TokenClaims};
use super::error::AuthnError;
use super::jwt;
use super::key_cache::KeyCache;
use super::remark::Said;
use super::seen_tokens::{SeenTokens, TokenHash};
use crate::limits::Over;

/// The auth service's keys, what its tokens must say, and the tokens that were good a moment ago.
#[derive(Debug)]
pub struct Tokens {
    keys: Arc<KeyCache>,
    rules: ClaimRules,
    seen: SeenTokens,
    said: Said,
}

impl Tokens {
    /// Tokens that `keys` signed, and that say what `rules` demand.
    pub fn new(keys: Arc<KeyCache>, rules: ClaimRules) -> Self {
        Self { keys, rules, seen: SeenTokens::default(), said: Said::default() }
    }

    /// The auth service's keys.
    pub fn keys(&self) -> &Arc<KeyCache> {
        &self.keys
    }

    /// What a token must say.
    pub fn rules(&self) -> &ClaimRules {
        &self.rules
    }

    /// What `token` says, if it is good at `now`. One that was not seen is looked at if `may_look`
    /// lets it.
    pub(super) async fn claims(
        &self,
        token: &str,
        now: DateTime<Utc>,
        may_look: impl FnOnce() -> Result<(), Over>,
    ) -> Result<Arc<TokenClaims>, AuthnError> {
        let hash = TokenHash::of(token);
        // Before it is verified: a key that is replaced meanwhile must not count for the next.
        let epoch = self.keys.epoch();
        if let Some(claims) = epoch.and_then(|epoch| self.seen.get_if_fresh(&hash, epoch, now)) {
            self.rules.check_end(claims.expires_at, now)?;
            return Ok(claims);
        }
        may_look()?;
        // Once a minute: the room it takes is not kept for those that were seen.
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
