//! Signs a demo user in over HTTP, as an app does.

use std::sync::Mutex;

use sail_cargo_client::{
    Client, Credentials, Error, Refresh, Token, TokenError, TokenFuture, TokenProvider,
};
use sail_cargo_protocol::Login;

use super::login;
use crate::domain::Secret;

/// A provider of one user's access tokens. It keeps the last one.
#[derive(Debug)]
pub struct DemoTokens {
    cargo: Client,
    login: Login,
    last: Mutex<Option<Token>>,
}

impl DemoTokens {
    /// Tokens of the demo user `name` from the server at `url`.
    ///
    /// # Errors
    /// The HTTP client cannot be made.
    pub(in crate::dev) fn new(url: &str, name: &str, password: &Secret) -> Result<Self, Error> {
        let cargo = Client::builder(url).credentials(Credentials::none()).build()?;
        Ok(Self { cargo, login: login(name, password), last: Mutex::default() })
    }

    fn last(&self) -> std::sync::MutexGuard<'_, Option<Token>> {
        self.last.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    async fn sign_in(&self) -> Result<Token, TokenError> {
        let signed_in = self.cargo.log_in(&self.login).await?;
        let token = Token::new(signed_in.access_token.expose());
        *self.last() = Some(token.clone());
        Ok(token)
    }
}

impl TokenProvider for DemoTokens {
    fn token(&self, refresh: Refresh) -> TokenFuture<'_> {
        Box::pin(async move {
            let last = self.last().clone().filter(|_| refresh == Refresh::IfNeeded);
            match last {
                Some(token) => Ok(token),
                None => self.sign_in().await,
            }
        })
    }
}
