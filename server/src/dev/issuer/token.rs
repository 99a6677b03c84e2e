//! Tokens of the demo auth service, and their issuer.

use std::path::Path;

use chrono::{DateTime, TimeDelta, Utc};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde::Serialize;

use super::error::IssuerError;
use super::key;

/// The `iss` of every token.
pub const ISSUER: &str = "sail-cargo-dev";

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

/// Signs tokens with its own key.
pub struct Issuer {
    key: EncodingKey,
    public_key_pem: String,
}

impl Issuer {
    /// Reads the key `demo-auth.pem` in `dir`, or creates it. Blocks: creating a key takes about a
    /// second.
    ///
    /// # Errors
    /// [`IssuerError`] if the file cannot be read, parsed or written.
    pub fn load_or_create(dir: &Path) -> Result<Self, IssuerError> {
        let key::Pair { private_pem, public_pem } = key::load_or_create(dir)?;
        let key = EncodingKey::from_rsa_pem(private_pem.as_bytes()).map_err(IssuerError::Sign)?;
        Ok(Self { key, public_key_pem: public_pem })
    }

    /// A token for `user` in `project`, valid from `now` for `lifetime`.
    ///
    /// # Errors
    /// [`IssuerError::Sign`] if the key cannot sign.
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

/// Prints nothing of the private key.
impl std::fmt::Debug for Issuer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Issuer").finish_non_exhaustive()
    }
}
