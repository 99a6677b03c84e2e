//! A user's token in a file.

use std::path::PathBuf;

use crate::{Refresh, Token, TokenError, TokenFuture, TokenProvider};

/// A token in a file that is read for every request: to rotate the token, replace the file. The
/// format is that of [`Token::read`].
#[derive(Debug, Clone)]
pub struct TokenFile(PathBuf);

impl TokenFile {
    /// Uses the file at `path`, which is read whenever a token is needed.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self(path.into())
    }

    async fn read(&self) -> Result<Token, TokenError> {
        let path = self.0.display();
        let text = tokio::fs::read_to_string(&self.0).await;
        let text = zeroize::Zeroizing::new(text.map_err(|error| format!("{path}: {error}"))?);
        Token::read(&text).map_err(|error| format!("{path}: {error}").into())
    }
}

impl TokenProvider for TokenFile {
    fn token(&self, _: Refresh) -> TokenFuture<'_> {
        Box::pin(self.read())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_rotated_token_is_the_next_one() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let tokens = TokenFile::new(file.path());
        for (text, token) in [
            ("one\n", Ok("one")),
            ("\u{feff}Bearer two\r\n", Ok("two")),
            ("\n", Err("it is empty")),
        ] {
            std::fs::write(file.path(), text).unwrap();
            match (tokens.token(Refresh::IfNeeded).await, token) {
                (Ok(read), Ok(token)) => assert_eq!(read.expose(), token),
                (Err(error), Err(reason)) => assert!(error.to_string().contains(reason)),
                (read, _) => panic!("{text:?}: {read:?}"),
            }
        }
    }
}
