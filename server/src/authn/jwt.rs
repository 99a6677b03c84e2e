//! Reads a token and verifies its signature (RFC 7519, RFC 8725).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, DecodingKey};
use serde::Deserialize;
use serde_json::Value;

use super::signed_claims::{SignedClaims, Unreadable};
use super::token_error::TokenError;
use crate::domain::issuer::TokenAlgorithm;
use crate::domain::limits;

/// The header parameters that are used. `jwk`, `jku`, `x5u` and `x5c` are ignored: a token must not
/// bring its own key.
#[derive(Deserialize)]
struct UnverifiedHeader {
    alg: String,
    kid: Option<String>,
    typ: Option<String>,
    crit: Option<Value>,
}

/// A token that anybody may have written. Of its claims it tells only which issuer is to be asked about it;
/// the others come out of [`UnverifiedToken::verify`].
pub(super) struct UnverifiedToken<'t> {
    message: &'t str,
    signature: &'t str,
    header: UnverifiedHeader,
    claims: SignedClaims,
}

impl<'t> UnverifiedToken<'t> {
    /// Reads a token in compact form of at most `max_bytes`.
    ///
    /// # Errors
    /// [`TokenError::TooLong`] and [`TokenError::Malformed`].
    pub(super) fn read(token: &'t str, max_bytes: usize) -> Result<Self, TokenError> {
        if token.len() > max_bytes {
            return Err(TokenError::TooLong(max_bytes));
        }
        let (message, signature) = token.rsplit_once('.').ok_or(TokenError::Malformed)?;
        let (header, claims) = message.split_once('.').ok_or(TokenError::Malformed)?;
        if claims.contains('.') || signature.is_empty() || header.len() > limits::MAX_TOKEN_HEADER {
            return Err(TokenError::Malformed);
        }
        let header: UnverifiedHeader = decode(header)?;
        if header.crit.is_some() || !header.typ.as_deref().is_none_or(is_known_type) {
            return Err(TokenError::Malformed);
        }
        Ok(Self { message, signature, header, claims: decode(claims)? })
    }

    /// The claim `iss`; `None` if it is absent or no text.
    pub(super) fn issuer(&self) -> Option<String> {
        self.claims.text("iss").ok().flatten()
    }

    /// The claim `aud`, which is a text or a list of texts (RFC 7519 §4.1.3).
    pub(super) fn audiences(&self) -> Result<Vec<String>, Unreadable> {
        match self.claims.get("aud")? {
            Some(Value::String(one)) => Ok(vec![one]),
            Some(Value::Array(many)) if !many.is_empty() => {
                Ok(many.iter().filter_map(Value::as_str).map(ToOwned::to_owned).collect())
            }
            _ => Err(Unreadable),
        }
    }

    /// The name of the algorithm that the token says it is signed with.
    pub(super) fn algorithm(&self) -> &str {
        &self.header.alg
    }

    /// The id of the key that the token says it is signed with.
    pub(super) fn kid(&self) -> Option<&str> {
        self.header.kid.as_deref()
    }

    /// The claims, if one of `keys` signed the token by `algorithm`.
    ///
    /// # Errors
    /// [`TokenError::Signature`]; [`TokenError::Malformed`] if the signature cannot be decoded.
    pub(super) fn verify(
        self,
        keys: &[DecodingKey],
        algorithm: TokenAlgorithm,
    ) -> Result<SignedClaims, TokenError> {
        for key in keys {
            if is_signed(self.message, self.signature, key, algorithm)? {
                return Ok(self.claims);
            }
        }
        Err(TokenError::Signature)
    }
}

fn is_signed(
    message: &str,
    signature: &str,
    key: &DecodingKey,
    algorithm: TokenAlgorithm,
) -> Result<bool, TokenError> {
    let algorithm = match algorithm {
        TokenAlgorithm::Rs256 => Algorithm::RS256,
        TokenAlgorithm::Ps256 => Algorithm::PS256,
        TokenAlgorithm::Es256 => Algorithm::ES256,
        TokenAlgorithm::EdDsa => Algorithm::EdDSA,
    };
    jsonwebtoken::crypto::verify(signature, message.as_bytes(), key, algorithm)
        .map_err(|_| TokenError::Malformed)
}

/// Accepts `JWT` (RFC 7519 §5.1), `at+jwt` (RFC 9068 §2.1) and `JOSE` (RFC 7515 §4.1.9), in any
/// case, with or without `application/`.
fn is_known_type(typ: &str) -> bool {
    let typ = typ.to_ascii_lowercase();
    matches!(typ.strip_prefix("application/").unwrap_or(&typ), "jwt" | "at+jwt" | "jose")
}

/// The issuer that a token names, unverified: it tells which keys may verify it.
pub(super) fn unverified_issuer(token: &str, max_bytes: usize) -> Option<String> {
    UnverifiedToken::read(token, max_bytes).ok()?.issuer()
}

fn decode<T: serde::de::DeserializeOwned>(part: &str) -> Result<T, TokenError> {
    let bytes = URL_SAFE_NO_PAD.decode(part).map_err(|_| TokenError::Malformed)?;
    serde_json::from_slice(&bytes).map_err(|_| TokenError::Malformed)
}
