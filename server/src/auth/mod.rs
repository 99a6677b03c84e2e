//! The embedded auth service: who has no auth service of their own gets one in the same server.
//!
//! It ends in tokens. Those go the way of every token through `authn`, which knows it as one more source of keys.

mod access_token;
mod delays;
mod error;
mod gate;
mod hasher;
mod invitation;
mod key_pair;
mod password;
mod session;
mod sign_in;
mod signing;

use std::sync::Arc;
use std::time::Duration;

use crate::authn::{Issuers, LoginError};
use crate::clock::Clock;
use crate::config::AccountsConfig;
use crate::domain::limits::ACCESS_TOKEN_LIFETIME;
use crate::domain::{Flaw, Issuer, IssuerSettings, ProjectId, Secret};
use crate::service::{Service, ServiceError};
use access_token::Minter;
use delays::Delays;
pub use error::AuthError;
use gate::{Gate, Place};
use hasher::Hasher;
pub use key_pair::{KeyPairError, make_key_pair};
pub use session::Session;
pub use sign_in::LoginRequest;
use signing::Signer;
pub(crate) use signing::to_pem;

/// How often the keys are looked at.
pub(crate) const KEYS_LOOKED_AT: Duration = Duration::from_secs(5);

/// The embedded auth service of one server.
#[derive(Debug)]
pub struct Accounts {
    service: Service,
    public_url: String,
    gate: Gate,
    hasher: Arc<Hasher>,
    delays: Delays,
    signer: Signer,
    minter: Minter,
    /// What `authn` verifies access tokens with.
    verifying: Arc<Issuers>,
    clock: Clock,
}

impl Accounts {
    /// The service for accounts in the database of `service`. `verifying` is what its tokens are verified with.
    ///
    /// # Errors
    /// The threads that hash passwords cannot be started.
    pub fn new(
        service: Service,
        config: &AccountsConfig,
        verifying: Arc<Issuers>,
        clock: Clock,
    ) -> std::io::Result<Self> {
        Ok(Self {
            service,
            public_url: config.public_url.clone(),
            gate: Gate::open()?,
            hasher: Arc::new(Hasher::new()),
            delays: Delays::new(clock.clone()),
            signer: Signer::default(),
            minter: Minter::new(config.public_url.clone()),
            verifying,
            clock,
        })
    }

    /// What its tokens must say.
    ///
    /// # Errors
    /// The public URL is no issuer's.
    pub fn issuer(config: &AccountsConfig) -> Result<Issuer, Flaw> {
        Issuer::parse(IssuerSettings {
            issuer: config.public_url.clone(),
            audiences: [config.public_url.clone()].into(),
            user_claims: vec!["id".to_owned(), "sub".to_owned()],
            project_claim: Some("projectId".to_owned()),
            max_token_seconds: u32::try_from(ACCESS_TOKEN_LIFETIME.num_seconds()).ok(),
            ..IssuerSettings::default()
        })
    }

    /// Where people reach the server: the issuer of its tokens.
    pub fn public_url(&self) -> &str {
        &self.public_url
    }

    /// The link of an invitation. The token is in the fragment, which a browser sends to no server.
    pub fn link(&self, token: &Secret) -> Secret {
        Secret::new(format!("{}/console/#/invite/{}", self.public_url, token.expose()))
    }

    /// Looks after the signing keys, forever. The first ones are made when somebody asks for them.
    pub async fn keep(&self) {
        loop {
            match self.look_at_keys(self.signer.first()).await {
                Ok(()) if self.has_key() => self.verifying.look_again().await,
                Ok(()) => {}
                Err(error) => log::debug!("the signing keys could not be looked at: {error}"),
            }
            self.clock.pause(KEYS_LOOKED_AT).await;
        }
    }

    /// The project that is named, or the only one of the server.
    async fn project(&self, named: Option<&str>) -> Result<ProjectId, AuthError> {
        if let Some(name) = named {
            return match self.service.project_id(name).await {
                Err(ServiceError::NotFound(_)) => Err(LoginError::NoProject.into()),
                found => Ok(found?),
            };
        }
        let mut all = self.service.projects(String::new(), 2).await?;
        match (all.pop(), all.is_empty()) {
            (Some(only), true) => Ok(only.id),
            _ => Err(AuthError::ProjectRequired),
        }
    }

    /// Whether whoever signs in must name the project.
    ///
    /// # Errors
    /// [`ServiceError::Database`] if the database does not answer.
    pub async fn is_project_required(&self) -> Result<bool, ServiceError> {
        Ok(self.service.projects(String::new(), 2).await?.len() != 1)
    }
}
