//! Errors in settings.

/// An invalid setting.
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

    /// The setting's variable, or the path of the invalid settings file.
    pub(crate) fn setting(&self) -> &str {
        &self.name
    }

    /// What is wrong with the setting.
    pub(crate) fn detail(&self) -> &str {
        &self.detail
    }
}
