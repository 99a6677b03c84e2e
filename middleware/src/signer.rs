//! Asking Cargo.

use std::time::Duration;

use sail_cargo_client::protocol::{SignRequest, SignResponse};
use sail_cargo_client::{Client, Credentials, Error, Key, TokenProvider};

use crate::RemoteSigningError;

/// How long to wait before asking again.
const PAUSES: [Duration; 2] = [Duration::from_millis(50), Duration::from_millis(200)];

/// In whose name requests are signed, and by which Cargo server. Cheap to clone.
#[derive(Debug, Clone)]
pub struct RemoteSigner {
    client: Client,
}

impl RemoteSigner {
    /// Signs in the name of a user, by the token `provider` gives for every request.
    ///
    /// # Errors
    /// When `url` is no base URL; see [`sail_cargo_client::ClientBuilder::build`].
    pub fn user(
        url: impl Into<String>,
        provider: impl TokenProvider + 'static,
    ) -> Result<Self, Error> {
        Self::with(url, Credentials::user(provider))
    }

    /// Signs in the name of the application itself, root of its project, by its API key.
    ///
    /// # Errors
    /// When `url` or `api_key` cannot be used; see [`sail_cargo_client::ClientBuilder::build`].
    pub fn root(url: impl Into<String>, api_key: impl Into<Key>) -> Result<Self, Error> {
        Self::with(url, Credentials::api_key(api_key))
    }

    /// Signs in the name of whoever `client` is. Its timeout should stay below 20 s, after which
    /// the SDK takes an upload for stalled.
    pub fn new(client: Client) -> Self {
        Self { client }
    }

    fn with(url: impl Into<String>, credentials: Credentials) -> Result<Self, Error> {
        Ok(Self::new(Client::builder(url).credentials(credentials).build()?))
    }

    /// The client of Cargo.
    pub(crate) fn client(&self) -> &Client {
        &self.client
    }

    /// Asks once.
    pub(crate) async fn sign(&self, ask: &SignRequest) -> Result<SignResponse, RemoteSigningError> {
        Ok(self.client.sign(ask).await?)
    }

    /// Asks up to three times while Cargo is away or busy, for a request the SDK would not retry although
    /// nothing of it was sent.
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
