//! Authentication: schemes that decline, fail or answer.

mod access_keys;
mod account_tokens;
mod api_keys;
mod claims;
mod credentials;
mod error;
mod examination;
mod examine;
mod failures;
mod good_keys;
mod issuers;
mod jwt;
mod key_cache;
mod key_set;
mod key_source;
mod login_error;
mod operator_keys;
mod personal_keys;
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
pub use claims::TokenClaims;
pub use credentials::{Credentials, HeadersError};
pub use error::AuthnError;
pub use examination::{Step, TestedToken};
pub use failures::FailureLog;
pub use issuers::{BelievedIssuer, Fetching, Issuers};
pub use key_cache::{KEY_REFRESH, KeyCache, KeyHealth, KeyReport};
pub use key_set::{InvalidKeySet, KeySet, Published};
pub use key_source::key_document;
pub use login_error::LoginError;
pub use operator_keys::{InvalidOperatorKeys, OperatorKeys};
pub use refusal::Refusal;
pub use rejection::Rejection;
pub use token_error::TokenError;
pub use tokens::Tokens;
pub use usage::KeyUsage;

use crate::domain::issuer::SessionTerms;
use crate::domain::{Caller, IssuerAlias};
use crate::limits::Guesses;
use crate::service::Service;
use account_tokens::AccountTokens;
use api_keys::ApiKeys;
use personal_keys::PersonalKeys;
use projects::Projects;
use scheme::Scheme as _;
use schemes::{Parts, Schemes};

/// Authenticates callers.
#[derive(Debug)]
pub struct Authenticator {
    schemes: Schemes,
}

impl Authenticator {
    /// Without `operators`, no operator is accepted. Clients with too
    /// many failed `guesses` are refused unless the cache, or an earlier check, knows their
    /// credentials.
    pub fn new(
        service: Service,
        operators: Option<OperatorKeys>,
        tokens: Tokens,
        guesses: Arc<Guesses>,
    ) -> Self {
        Self::with_accounts(service, operators, (tokens, None), guesses)
    }

    /// Like [`Authenticator::new`], with the tokens of an auth service and those of the server's own accounts.
    pub fn with_accounts(
        service: Service,
        operators: Option<OperatorKeys>,
        (tokens, own): (Tokens, Option<Tokens>),
        guesses: Arc<Guesses>,
    ) -> Self {
        let metrics = service.metrics().clone();
        let projects = Projects::new(service.clone());
        let own = own.map(|tokens| AccountTokens::new(tokens, service.clone()));
        let personal_keys = PersonalKeys::new(service.clone(), guesses.clone());
        let api_keys = Arc::new(ApiKeys::new(service, guesses.clone()));
        let parts =
            Parts { projects, api_keys, personal_keys, guesses, operators, tokens, own, metrics };
        let schemes = Schemes::new(parts);
        Self { schemes }
    }

    /// The issuers whose tokens are accepted.
    pub fn issuers(&self) -> &Arc<Issuers> {
        self.schemes.tokens().issuers()
    }

    /// Says step by step why `token` is accepted as one of the issuer with this alias, or why not.
    pub async fn test_token(
        &self,
        token: &str,
        alias: Option<&IssuerAlias>,
        now: DateTime<Utc>,
    ) -> TestedToken {
        self.schemes.test_token(token, alias, now).await
    }

    /// How sessions of `caller` are bound to the issuer of their user, if they have one.
    pub fn session_terms(&self, caller: &Caller) -> SessionTerms {
        caller.user().map(|user| self.issuers().session_terms(&user.id)).unwrap_or_default()
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
