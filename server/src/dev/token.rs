//! Fetches a demo user's tokens from the auth service over HTTP, as an app does.

use std::sync::Mutex;

use sail_cargo_client::{Refresh, Token, TokenError, TokenFuture, TokenProvider};
use serde::Deserialize;
use serde_json::json;

use crate::outbound::Outbound;

/// A provider of one user's tokens. It caches the last one.
#[derive(Debug)]
pub struct DemoTokens {
    url: String,
    user: String,
    last: Mutex<Option<Token>>,
}

#[derive(Deserialize)]
struct TokenResponse {
    token: String,
}

impl DemoTokens {
    /// Tokens for `user` from the auth service at `url`.
    pub fn new(url: &str, user: &str) -> Self {
        Self { url: format!("{url}/token"), user: user.to_owned(), last: Mutex::default() }
    }

    fn last(&self) -> std::sync::MutexGuard<'_, Option<Token>> {
        self.last.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    async fn fetch(&self) -> Result<Token, TokenError> {
        let http = Outbound::direct().client().build()?;
        let ask = http.post(&self.url).json(&json!({ "user": self.user }));
        let answer: TokenResponse = ask.send().await?.error_for_status()?.json().await?;
        let token = Token::new(answer.token);
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
                None => self.fetch().await,
            }
        })
    }
}
