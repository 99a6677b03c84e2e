//! A user's token across requests. Concurrent refusals share one renewal.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio::sync::Mutex;

use crate::{Error, Refresh, Token, TokenProvider};

/// A token provider, and the result of its last forced refresh.
pub(crate) struct User {
    provider: Box<dyn TokenProvider>,
    /// The number of forced refreshes that have ended.
    generation: AtomicU64,
    /// The result of the last forced refresh. Locked during a refresh.
    renewed: Mutex<Option<Outcome>>,
}

/// The result of a refresh, shared by all who waited for it.
type Outcome = Result<Token, Arc<dyn std::error::Error + Send + Sync>>;

/// A token, and the generation in which it was taken.
pub(crate) struct Taken {
    pub(crate) token: Token,
    generation: u64,
}

impl User {
    pub(crate) fn new(provider: impl TokenProvider + 'static) -> Self {
        Self {
            provider: Box::new(provider),
            generation: AtomicU64::new(0),
            renewed: Mutex::new(None),
        }
    }

    /// The token for a request.
    pub(crate) async fn take(&self) -> Result<Taken, Error> {
        // Read before the provider is asked: a refresh that ends meanwhile then counts as newer.
        let generation = self.generation.load(Ordering::Acquire);
        let token = self.provider.token(Refresh::IfNeeded).await;
        let token = token.map_err(|cause| Error::token(cause.into()))?;
        Ok(Taken { token, generation })
    }

    /// The token to use instead of one that was refused.
    pub(crate) async fn renew(&self, refused: &Taken) -> Result<Token, Error> {
        let mut renewed = self.renewed.lock().await;
        if let Some(outcome) = renewed.as_ref()
            && self.generation.load(Ordering::Acquire) != refused.generation
        {
            return outcome.clone().map_err(Error::token);
        }
        let outcome: Outcome = self.provider.token(Refresh::Force).await.map_err(Arc::from);
        *renewed = Some(outcome.clone());
        self.generation.fetch_add(1, Ordering::Release);
        outcome.map_err(Error::token)
    }
}
