//! Where an issuer publishes its keys.

use std::path::PathBuf;

use url::Url;

/// The place of an issuer's public keys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeyPlace {
    /// The document at this URL names the place (OpenID Connect Discovery §4).
    Discovered(Url),
    /// An `https` URL, or an `http` URL of this machine.
    Url(Url),
    /// A file on this machine.
    File(PathBuf),
}

/// The rule for URLs of keys. Who could replace the keys on their way could create users.
const OVER_TLS: &str = "keys are fetched over https, or http from this machine only";

impl KeyPlace {
    /// Reads a URL or `file:PATH`.
    ///
    /// # Errors
    /// The rule that the text breaks.
    pub fn parse(text: &str) -> Result<Self, String> {
        match text.strip_prefix("file:") {
            Some(path) => Ok(Self::File(path.strip_prefix("//").unwrap_or(path).into())),
            None => Self::url(text).map(Self::Url),
        }
    }

    /// The place of the document of `issuer` (OpenID Connect Discovery §4.1).
    ///
    /// # Errors
    /// The rule that the issuer breaks.
    pub(super) fn discovered(issuer: &str) -> Result<Self, String> {
        let base = issuer.strip_suffix('/').unwrap_or(issuer);
        if base.contains(['?', '#']) {
            return Err("has a query or a fragment: name its keys".to_owned());
        }
        Self::url(&format!("{base}/.well-known/openid-configuration")).map(Self::Discovered)
    }

    /// Reads what a document of discovery names. Only an issuer on this machine may name a place on this
    /// machine over `http`.
    ///
    /// # Errors
    /// The rule that the text breaks.
    pub fn named_by(document: &Url, text: &str) -> Result<Url, String> {
        let url = Self::url(text)?;
        if url.scheme() == "http" && document.scheme() != "http" {
            return Err(OVER_TLS.to_owned());
        }
        Ok(url)
    }

    fn url(text: &str) -> Result<Url, String> {
        let url = Url::parse(text).map_err(|error| error.to_string())?;
        if !url.username().is_empty() || url.password().is_some() {
            return Err("a URL of keys holds no user name and no password".to_owned());
        }
        let is_here = matches!(url.host_str(), Some("localhost" | "127.0.0.1" | "[::1]"));
        match url.scheme() {
            "https" => Ok(url),
            "http" if is_here => Ok(url),
            _ => Err(OVER_TLS.to_owned()),
        }
    }
}
