//! Reads the credentials for Cargo from the environment.

use std::sync::Arc;

use sail_cargo_client::{Credentials, Key, StaticToken, Token, TokenFile, TokenProvider};

use super::error::{StorageError, wrong};

pub(super) const API_KEY: &str = "SAIL_CARGO_API_KEY";
pub(super) const API_KEY_FILE: &str = "SAIL_CARGO_API_KEY_FILE";
pub(super) const TOKEN: &str = "SAIL_CARGO_TOKEN";
pub(super) const TOKEN_FILE: &str = "SAIL_CARGO_TOKEN_FILE";

/// An API key, a user's token, or both: the application on behalf of the user.
pub(super) fn credentials(
    get: impl Fn(&str) -> Option<String>,
) -> Result<Option<Credentials>, StorageError> {
    Ok(match (token(&get)?, api_key(&get)?) {
        (Some(token), Some(key)) => Some(Credentials::on_behalf_of(token, key)),
        (Some(token), None) => Some(Credentials::user(token)),
        (None, Some(key)) => Some(Credentials::api_key(key)),
        (None, None) => None,
    })
}

fn token(
    get: impl Fn(&str) -> Option<String>,
) -> Result<Option<Arc<dyn TokenProvider>>, StorageError> {
    Ok(match one_of(TOKEN, TOKEN_FILE, get)? {
        (Some(token), _) => {
            let token = Token::read(&token).map_err(|error| wrong(TOKEN, error.to_string()))?;
            Some(Arc::new(StaticToken::new(token)))
        }
        (_, Some(file)) => Some(Arc::new(TokenFile::new(file))),
        (None, None) => None,
    })
}

fn api_key(get: impl Fn(&str) -> Option<String>) -> Result<Option<Key>, StorageError> {
    let (key, file) = one_of(API_KEY, API_KEY_FILE, get)?;
    let Some(file) = file else {
        let key = key.map(|key| Key::read(&key)).transpose();
        return key.map_err(|error| wrong(API_KEY, error.to_string()));
    };
    let text = std::fs::read_to_string(&file)
        .map_err(|error| wrong(API_KEY_FILE, format!("cannot be read: {file}: {error}")))?;
    let key = Key::read(&text);
    key.map(Some).map_err(|error| wrong(API_KEY_FILE, format!("names {file}: {error}")))
}

/// A secret, or the path of the file with it.
fn one_of(
    name: &'static str,
    file: &'static str,
    get: impl Fn(&str) -> Option<String>,
) -> Result<(Option<String>, Option<String>), StorageError> {
    match (get(name), get(file)) {
        (Some(_), Some(_)) => {
            Err(wrong(name, format!("is given twice: itself and as {file}; unset one of them")))
        }
        either => Ok(either),
    }
}
