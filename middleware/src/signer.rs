//! Requests signatures from Cargo.
//!
//! The client sends these requests once: the SDK retries an attempt, signature included. For
//! requests that the SDK does not retry, this module retries, with pauses of its own.

use std::sync::Arc;
use std::time::Duration;

use sail_cargo_client::protocol::{SignRequest, SignResponse};
use sail_cargo_client::{Client, Credentials, Error, Key, TokenProvider};

use crate::RemoteSigningError;
use crate::gateway::sessions::Sessions;
use crate::route::Route;

/// Pauses before another attempt. They are short, because the SDK waits meanwhile.
const PAUSES: [Duration; 2] = [Duration::from_millis(50), Duration::from_millis(200)];

/// A remote signer: the Cargo server, and the caller for whom it signs, or to whom it gives sessions at its
/// gateway. Cheap to clone.
#[derive(Debug, Clone)]
pub struct RemoteSigner {
    client: Client,
    sessions: Arc<Sessions>,
    route: Arc<Route>,
}

impl RemoteSigner {
    /// A signer for a user, whose token comes from `provider` for every request.
    ///
    /// # Errors
    /// An [`Error`] if `url` is not a base URL; see [`sail_cargo_client::ClientBuilder::build`].
    pub fn user(
        url: impl Into<String>,
        provider: impl TokenProvider + 'static,
    ) -> Result<Self, Error> {
        Self::with(url, Credentials::user(provider))
    }

    /// A signer for the application itself, root of its project, with its API key.
    ///
    /// # Errors
    /// An [`Error`] if `url` or `api_key` cannot be used; see
    /// [`sail_cargo_client::ClientBuilder::build`].
    pub fn root(url: impl Into<String>, api_key: impl Into<Key>) -> Result<Self, Error> {
        Self::with(url, Credentials::api_key(api_key))
    }

    /// A signer for the caller of `client`. The client's timeout should be less than 20 s, after
    /// which the SDK treats an upload as stalled.
    pub fn new(client: Client) -> Self {
        let sessions = Arc::new(Sessions::new(client.clone()));
        Self { sessions, route: Arc::new(Route::new(client.clone())), client }
    }

    fn with(url: impl Into<String>, credentials: Credentials) -> Result<Self, Error> {
        Ok(Self::new(Client::builder(url).credentials(credentials).build()?))
    }

    /// The Cargo client.
    pub(crate) fn client(&self) -> &Client {
        &self.client
    }

    /// The caller's session at the gateway, which all clones share.
    pub(crate) fn sessions(&self) -> &Arc<Sessions> {
        &self.sessions
    }

    /// The way that the caller's requests take, which all clones share.
    pub(crate) fn route(&self) -> &Route {
        &self.route
    }

    /// Requests a signature once.
    pub(crate) async fn sign(&self, ask: &SignRequest) -> Result<SignResponse, RemoteSigningError> {
        Ok(self.client.sign(ask).await?)
    }

    /// Requests a signature, up to three times while Cargo is unavailable or busy. For requests
    /// that the SDK does not retry, although nothing of them was sent.
    pub(crate) async fn sign_with_retry(
        &self,
        ask: &SignRequest,
    ) -> Result<SignResponse, RemoteSigningError> {
        for pause in PAUSES {
            match self.sign(ask).await {
                Err(error) if error.is_passing() => tokio::time::sleep(pause).await,
                answer => return answer,
            }
        }
        self.sign(ask).await
    }
}
