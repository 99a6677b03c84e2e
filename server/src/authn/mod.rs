//! Authentication: schemes that decline, fail or answer.

mod access_keys;
mod account_tokens;
mod api_keys;
mod claims;
mod credentials;
mod error;
mod failures;
mod good_keys;
mod jwt;
mod key_cache;
mod key_set;
mod key_source;
mod login_error;
mod operator_keys;
mod projects;
mod refusal;
mod rejection;
mod remark;
mod scheme;
mod schemes;
mod seen_tokens;
mod signed_claims;
mod signer;
mod token_error;
mod tokens;
mod usage;
mod verifying_key;

use std::sync::Arc;

use chrono::{DateTime, Utc};

pub use access_keys::{AccessKeyError, AccessKeys, RefusedProof};
pub use api_keys::ApiKeyError;
pub use claims::{ClaimRules, TokenClaims};
pub use credentials::{Credentials, HeadersError};
pub use error::AuthnError;
pub use failures::FailureLog;
pub use key_cache::{KEY_REFRESH, KeyCache, KeyHealth, KeyReport};
pub use key_set::{InvalidKeySet, KeySet, Published};
pub use key_source::{KeySource, key_document};
pub use login_error::LoginError;
pub use operator_keys::{InvalidOperatorKeys, OperatorKeys};
pub use refusal::Refusal;
pub use rejection::Rejection;
pub use token_error::TokenError;
pub use tokens::Tokens;
pub use usage::KeyUsage;

use crate::domain::Caller;
use crate::limits::Guesses;
use crate::service::Service;
use account_tokens::AccountTokens;
use api_keys::ApiKeys;
use projects::Projects;
use scheme::Scheme as _;
use schemes::{Parts, Schemes};

/// Authenticates callers.
#[derive(Debug)]
pub struct Authenticator {
    schemes: Schemes,
}

impl Authenticator {
    /// Without `tokens`, no user is accepted; without `operators`, no operator. Clients with too
    /// many failed `guesses` are refused unless the cache, or an earlier check, knows their
    /// credentials.
    pub fn new(
        service: Service,
        operators: Option<OperatorKeys>,
        tokens: Option<Tokens>,
        guesses: Arc<Guesses>,
    ) -> Self {
        Self::with_accounts(service, operators, (tokens, None), guesses)
    }

    /// Like [`Authenticator::new`], with the tokens of an auth service and those of the server's own accounts.
    pub fn with_accounts(
        service: Service,
        operators: Option<OperatorKeys>,
        (tokens, own): (Option<Tokens>, Option<Tokens>),
        guesses: Arc<Guesses>,
    ) -> Self {
        let metrics = service.metrics().clone();
        let projects = Projects::new(service.clone());
        let own = own.map(|tokens| AccountTokens::new(tokens, service.clone()));
        let api_keys = Arc::new(ApiKeys::new(service, guesses.clone()));
        let parts = Parts { projects, api_keys, guesses, operators, tokens, own, metrics };
        let schemes = Schemes::new(parts);
        Self { schemes }
    }

    /// The auth service's keys; `None` when no tokens are accepted.
    pub fn keys(&self) -> Option<&Arc<KeyCache>> {
        self.schemes.keys()
    }

    /// The issuer of the tokens of another auth service, and the audience that they must name; `None` if none of
    /// them are accepted.
    pub fn issuer(&self) -> Option<(&str, Option<&str>)> {
        self.schemes.issuer()
    }

    /// Authenticates the sender of `credentials`. Every presented credential must be valid: a
    /// request with a bad API key and a good token is refused.
    ///
    /// # Errors
    /// [`Rejection`], with the reason as an [`AuthnError`].
    pub async fn authenticate(
        &self,
        credentials: Credentials<'_>,
        now: DateTime<Utc>,
    ) -> Result<Caller, Rejection> {
        self.schemes.ask(&credentials, now).await.or_nothing()
    }

    /// Checks that a caller who was authenticated before would be accepted at `now`.
    ///
    /// # Errors
    /// [`Rejection`], with the reason as an [`AuthnError`].
    pub async fn recheck(&self, caller: &Caller, now: DateTime<Utc>) -> Result<(), Rejection> {
        self.schemes.ask_again(caller, now).await.or_nothing()
    }
}
