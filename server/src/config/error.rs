//! What is wrong with a setting.

/// Why the server does not start.
#[derive(Debug, thiserror::Error)]
#[error("{name}: {detail}")]
pub struct ConfigError {
    name: String,
    detail: String,
}

impl ConfigError {
    pub(super) fn new(name: &str, detail: impl std::fmt::Display) -> Self {
        Self { name: name.to_owned(), detail: detail.to_string() }
    }

    /// The setting's variable, or the file that is wrong.
    pub(crate) fn setting(&self) -> &str {
        &self.name
    }

    /// What is wrong with it.
    pub(crate) fn detail(&self) -> &str {
        &self.detail
    }
}
