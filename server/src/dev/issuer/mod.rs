//! A demo auth service: it vouches for anybody on its list. Never use it for anything real.

mod key;
mod service;
#[cfg(test)]
mod tests;

use std::{
    io,
    path::{Path, PathBuf},
};

use chrono::{DateTime, TimeDelta, Utc};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde::Serialize;

pub use self::service::AuthService;

/// The `iss` of every token.
pub const ISSUER: &str = "sail-cargo-dev";

/// Something went wrong with the demo key or a token.
#[derive(Debug, thiserror::Error)]
pub enum IssuerError {
    /// The key file cannot be read or written.
    #[error("cannot use the demo key file {}", path.display())]
    File {
        /// Which file.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// The key file holds something else.
    #[error("{} does not hold an RSA key (PKCS#8, PEM); remove it for a new one", path.display())]
    Malformed {
        /// Which file.
        path: PathBuf,
    },
    /// No key could be made.
    #[error("cannot generate a key")]
    Generate(#[source] rsa::Error),
    /// A token could not be signed.
    #[error("cannot sign a token")]
    Sign(#[source] jsonwebtoken::errors::Error),
    /// The listener is not usable.
    #[error("cannot listen")]
    Listener(#[source] io::Error),
}

/// The claims of the SAIL auth service.
#[derive(Serialize)]
struct Claims<'a> {
    id: &'a str,
    #[serde(rename = "projectId")]
    project_id: &'a str,
    /// No bit set: an ordinary user.
    role: i64,
    iss: &'a str,
    iat: i64,
    exp: i64,
}

/// Signs tokens with a key of its own.
pub struct Issuer {
    key: EncodingKey,
    public_key_pem: String,
}

impl Issuer {
    /// Reads the key `demo-auth.pem` in `dir`, or makes one. Making one takes a second or so of
    /// computing: call it where blocking is fine.
    ///
    /// # Errors
    /// When the file cannot be read, understood or written.
    pub fn load_or_create(dir: &Path) -> Result<Self, IssuerError> {
        let key::Pair { private_pem, public_pem } = key::load_or_create(dir)?;
        let key = EncodingKey::from_rsa_pem(private_pem.as_bytes()).map_err(IssuerError::Sign)?;
        Ok(Self { key, public_key_pem: public_pem })
    }

    /// A token for `user` in `project`, valid from `now` for `lifetime`.
    ///
    /// # Errors
    /// When the key cannot sign.
    pub fn token(
        &self,
        user: &str,
        project: &str,
        now: DateTime<Utc>,
        lifetime: TimeDelta,
    ) -> Result<String, IssuerError> {
        let iat = now.timestamp();
        let claims = Claims {
            id: user,
            project_id: project,
            role: 0,
            iss: ISSUER,
            iat,
            exp: iat.saturating_add(lifetime.num_seconds()),
        };
        jsonwebtoken::encode(&Header::new(Algorithm::RS256), &claims, &self.key)
            .map_err(IssuerError::Sign)
    }

    /// The public key in PEM.
    pub fn public_key_pem(&self) -> &str {
        &self.public_key_pem
    }
}

/// Shows nothing of the private key.
impl std::fmt::Debug for Issuer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Issuer").finish_non_exhaustive()
    }
}
