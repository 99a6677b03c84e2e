//! The token of a kept sign-in, for the client.

use sail_cargo_client::{Refresh, Token, TokenError, TokenFuture, TokenProvider};
use sail_cargo_protocol::SecretText;
use tokio::sync::Mutex;

use super::keeper::Keeper;
use super::kept::{Next, SignIn};
use super::renewal::{RenewalError, renewed};
use crate::clock::Clock;

/// Gives the token of a kept sign-in, and renews it. Of several processes that find it at its end, one renews it
/// and the others take what it got: a refresh token is good once.
#[derive(Debug)]
pub(in crate::cli) struct KeptToken {
    keeper: Keeper,
    /// The server's URL, by which the sign-in is kept.
    server: String,
    clock: Clock,
    held: Mutex<SignIn>,
}

/// The user has to sign in again.
#[derive(Debug, thiserror::Error)]
#[error("the sign-in at {server} has ended: run `sail-cargo login --url {server}`")]
pub(in crate::cli) struct SignInEnded {
    pub(in crate::cli) server: String,
}

impl KeptToken {
    /// The token of `sign_in`, which is kept for `server`.
    ///
    /// # Errors
    /// [`SignInEnded`] if it is known to be over.
    pub(in crate::cli) fn new(
        keeper: Keeper,
        server: String,
        sign_in: SignIn,
        clock: Clock,
    ) -> Result<Self, SignInEnded> {
        match sign_in.next(None, clock.now()) {
            Next::Ended => Err(SignInEnded { server }),
            Next::Use | Next::Renew => {
                Ok(Self { keeper, server, clock, held: Mutex::new(sign_in) })
            }
        }
    }

    async fn give(&self, refresh: Refresh) -> Result<Token, TokenError> {
        let mut held = self.held.lock().await;
        let refused = match refresh {
            Refresh::IfNeeded => None,
            Refresh::Force => Some(held.access_token.clone()),
        };
        if held.next(refused.as_ref(), self.clock.now()) != Next::Use {
            *held = self.next(refused.as_ref()).await?;
        }
        Ok(Token::new(held.access_token.expose()))
    }

    /// The sign-in as another process has renewed it, or as it is renewed here.
    async fn next(&self, refused: Option<&SecretText>) -> Result<SignIn, TokenError> {
        let locked = self.keeper.lock().await?;
        let mut all = locked.read()?;
        let kept = all.at(&self.server).cloned().ok_or_else(|| self.ended())?;
        // After the wait for the lock.
        let now = self.clock.now();
        match kept.next(refused, now) {
            Next::Use => return Ok(kept),
            Next::Ended => return Err(self.ended().into()),
            Next::Renew => {}
        }
        match renewed(&self.server, &kept, now).await {
            Ok(next) => {
                all.renew(&self.server, next.clone());
                if let Err(error) = locked.write(&all) {
                    log::warn!(
                        "the renewed sign-in is not kept, and will have to be repeated: {error}"
                    );
                }
                Ok(next)
            }
            Err(RenewalError::Ended) => Err(self.ended().into()),
            // Cargo says whether the last seconds of the token are enough.
            Err(error) if kept.is_good(refused, now) => {
                log::debug!("the sign-in is not renewed yet: {error}");
                Ok(kept)
            }
            Err(error) => Err(error.into()),
        }
    }

    fn ended(&self) -> SignInEnded {
        SignInEnded { server: self.server.clone() }
    }
}

impl TokenProvider for KeptToken {
    fn token(&self, refresh: Refresh) -> TokenFuture<'_> {
        Box::pin(self.give(refresh))
    }
}
