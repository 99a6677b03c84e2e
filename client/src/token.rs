//! Where a user's token comes from.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use zeroize::Zeroizing;

use crate::kept;

/// A user's token (a JWT of the auth service). Wiped from memory when dropped; never printed.
#[derive(Clone)]
pub struct Token(Zeroizing<String>);

impl Token {
    /// Takes a token as the auth service gave it, without `Bearer`.
    pub fn new(token: impl Into<String>) -> Self {
        Self(Zeroizing::new(token.into()))
    }

    /// Reads a token as people keep it, in a file or a variable: white space around it, a byte order
    /// mark, quotation marks and the word `Bearer` are none of it.
    ///
    /// # Errors
    /// There is none, or more than one word.
    pub fn read(text: &str) -> Result<Self, TokenError> {
        Ok(Self::new(kept::bare(text)?))
    }

    /// The token itself.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl From<String> for Token {
    fn from(token: String) -> Self {
        Self::new(token)
    }
}

impl From<&str> for Token {
    fn from(token: &str) -> Self {
        Self::new(token)
    }
}

/// Shows that there is a token, never the token.
impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(…)")
    }
}

/// Why a provider is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refresh {
    /// For a request: the token at hand, or a new one when that one has run out.
    IfNeeded,
    /// The token at hand was just refused: a new one, whatever its expiry says.
    Force,
}

/// Why there is no token. Kept as the source of the client's [`Error`](crate::Error); it should
/// not hold secrets.
pub type TokenError = Box<dyn std::error::Error + Send + Sync>;

/// What [`TokenProvider::token`] answers with.
pub type TokenFuture<'a> = Pin<Box<dyn Future<Output = Result<Token, TokenError>> + Send + 'a>>;

/// Gives the user's token, anew for every request.
///
/// ```
/// use sail_cargo_client::{Refresh, Token, TokenFuture, TokenProvider};
///
/// struct Session;
///
/// impl Session {
///     async fn current(&self) -> Token {
///         Token::new("eyJ…")
///     }
///     async fn renewed(&self) -> Token {
///         Token::new("eyJ…")
///     }
/// }
///
/// impl TokenProvider for Session {
///     fn token(&self, refresh: Refresh) -> TokenFuture<'_> {
///         Box::pin(async move {
///             Ok(match refresh {
///                 Refresh::IfNeeded => self.current().await,
///                 Refresh::Force => self.renewed().await,
///             })
///         })
///     }
/// }
/// ```
pub trait TokenProvider: Send + Sync {
    /// The token to send. Should answer [`Refresh::IfNeeded`] from memory while it can. However
    /// many requests are refused at once, [`Refresh::Force`] is asked for them all together.
    fn token(&self, refresh: Refresh) -> TokenFuture<'_>;
}

impl<P: TokenProvider + ?Sized> TokenProvider for Arc<P> {
    fn token(&self, refresh: Refresh) -> TokenFuture<'_> {
        P::token(self, refresh)
    }
}

/// One token, good until it is not: for scripts, tests, and requests that carry their own.
#[derive(Debug, Clone)]
pub struct StaticToken(Token);

impl StaticToken {
    /// Always answers with `token`.
    pub fn new(token: impl Into<Token>) -> Self {
        Self(token.into())
    }
}

impl TokenProvider for StaticToken {
    fn token(&self, _refresh: Refresh) -> TokenFuture<'_> {
        Box::pin(async { Ok(self.0.clone()) })
    }
}
