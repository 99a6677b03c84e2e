//! Users' tokens, and their providers.

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
    /// Wraps a token as the auth service issued it, without `Bearer`.
    pub fn new(token: impl Into<String>) -> Self {
        Self(Zeroizing::new(token.into()))
    }

    /// Reads a token as people store it, in a file or a variable. Drops surrounding white space, a
    /// byte order mark, quotation marks and the word `Bearer`.
    ///
    /// # Errors
    /// A [`TokenError`] if the text has no word, or more than one.
    pub fn read(text: &str) -> Result<Self, TokenError> {
        Ok(Self::new(kept::bare(text)?))
    }

    /// The text of the token.
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

/// Prints that there is a token, never the token.
impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(…)")
    }
}

/// Why the client asks a provider for a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refresh {
    /// For a request: the current token, or a new one if it has expired.
    IfNeeded,
    /// Cargo refused the current token: a new one, whatever the expiry of the current one.
    Force,
}

/// Why there is no token. It becomes the source of the client's [`Error`](crate::Error), and should
/// not contain secrets.
pub type TokenError = Box<dyn std::error::Error + Send + Sync>;

/// The future that [`TokenProvider::token`] returns.
pub type TokenFuture<'a> = Pin<Box<dyn Future<Output = Result<Token, TokenError>> + Send + 'a>>;

/// Provides the user's token. The client asks for each request.
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
    /// The token to send. Should serve [`Refresh::IfNeeded`] from memory if possible. If several
    /// requests are refused at the same time, the client asks for [`Refresh::Force`] only once.
    fn token(&self, refresh: Refresh) -> TokenFuture<'_>;
}

impl<P: TokenProvider + ?Sized> TokenProvider for Arc<P> {
    fn token(&self, refresh: Refresh) -> TokenFuture<'_> {
        P::token(self, refresh)
    }
}

/// A fixed token: for scripts, tests, and requests that carry their own token.
#[derive(Debug, Clone)]
pub struct StaticToken(Token);

impl StaticToken {
    /// Always returns `token`.
    pub fn new(token: impl Into<Token>) -> Self {
        Self(token.into())
    }
}

impl TokenProvider for StaticToken {
    fn token(&self, _refresh: Refresh) -> TokenFuture<'_> {
        Box::pin(async { Ok(self.0.clone()) })
    }
}
