//! Reads secrets from the environment or from files. No flag takes a secret.

use std::path::Path;

use super::environment::variable;
use super::error::ConfigError;
use crate::domain::Secret;
use crate::private;

/// The secret in the variable `name`, or in `file`.
///
/// # Errors
/// [`ConfigError`] if both are given, or the file cannot be read.
pub fn secret(name: &str, file: Option<&Path>) -> Result<Option<Secret>, ConfigError> {
    match (variable(name), file) {
        (Some(_), Some(_)) => Err(ConfigError::new(name, "is given twice: itself and as a file")),
        (Some(text), None) => Ok(Some(Secret::new(text))),
        (None, Some(path)) => kept(path).map(Some).map_err(|detail| {
            ConfigError::new(&format!("{name}_FILE"), format!("{}: {detail}", path.display()))
        }),
        (None, None) => Ok(None),
    }
}

/// The secret in a file, without surrounding white space and byte order mark.
fn kept(path: &Path) -> Result<Secret, String> {
    let text = std::fs::read(path).map_err(|error| error.to_string())?;
    let text = String::from_utf8(text).map_err(|_| "it is not UTF-8: save it as UTF-8 text")?;
    match text.trim_start_matches('\u{feff}').trim() {
        "" => Err("the file is empty".to_owned()),
        secret => Ok(Secret::new(secret.to_owned())),
    }
}

/// Warns if users other than the owner can access the file of the setting `name`.
pub(super) fn warn_if_open(name: &str, file: Option<&Path>) {
    if let Some(path) = file {
        private::warn_if_open(name, path);
    }
}
