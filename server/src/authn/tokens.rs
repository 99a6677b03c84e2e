//! Verifies user tokens.

use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::claims::{CheckedClaims, TokenClaims};
use super::error::AuthnError;
use super::examination::{Account, Silent, Step, TestedToken};
use super::examine::{Examined, examine};
use super::issuers::Issuers;
use super::remark::Said;
use super::seen_tokens::{SeenTokens, TokenHash};
use crate::domain::IssuerAlias;
use crate::limits::Over;

/// The issuers, and a cache of verified tokens.
#[derive(Debug)]
pub struct Tokens {
    issuers: Arc<Issuers>,
    max_bytes: usize,
    seen: SeenTokens,
    said: Said,
}

impl Tokens {
    /// Accepts tokens of `issuers`, of at most `max_bytes` each.
    pub fn new(issuers: Arc<Issuers>, max_bytes: usize) -> Self {
        Self { issuers, max_bytes, seen: SeenTokens::default(), said: Said::default() }
    }

    /// The issuers.
    pub fn issuers(&self) -> &Arc<Issuers> {
        &self.issuers
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
        let is_current = |by: &_| self.issuers.is_current(by);
        if let Some(claims) = self.seen.get_if_fresh(&hash, is_current, now) {
            super::claims::check_end(claims.expires_at, now)?;
            return Ok(claims);
        }
        may_look()?;
        let believed = self.issuers.now();
        // Boxed, so that requests with a cached token do not carry the space of this future.
        let examined =
            Box::pin(examine(token, self.max_bytes, &believed, now, &mut Silent)).await?;
        let Examined { place, checked: CheckedClaims { claims, remarks }, stamp } = examined;
        self.said.say(believed.row(place).issuer.alias(), remarks);
        let claims = Arc::new(claims);
        if let Some(stamp) = stamp {
            self.seen.note(hash, stamp, Arc::clone(&claims), now);
        }
        Ok(claims)
    }

    /// Examines `token` as [`Tokens::claims`] does, and says of each step what was found. Accepted is only a token
    /// of the issuer with this alias. Nothing of it is kept.
    pub(super) async fn test(
        &self,
        token: &str,
        alias: Option<&IssuerAlias>,
        now: DateTime<Utc>,
    ) -> TestedToken {
        let (believed, mut account) = (self.issuers.now(), Account::default());
        let examined = examine(token, self.max_bytes, &believed, now, &mut account).await;
        let Account { passed, at } = account;
        let failed = |why: String| Some((at.unwrap_or(Step::Issuer), why));
        match examined {
            Err(error) => TestedToken { passed, failed: failed(error.to_string()), accepted: None },
            Ok(Examined { place, .. }) if believed.row(place).issuer.alias() != alias => {
                let whose = believed.row(place).issuer.called();
                let why = format!("it is a token of the issuer `{whose}`");
                TestedToken { passed, failed: failed(why), accepted: None }
            }
            Ok(Examined { checked: CheckedClaims { claims, remarks }, .. }) => {
                let remarks = remarks.iter().map(ToString::to_string).collect();
                TestedToken { passed, failed: None, accepted: Some((claims, remarks)) }
            }
        }
    }
}
