//! Verifies a token and returns its claims (RFC 7519, RFC 8725).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, DecodingKey};
use serde::Deserialize;
use serde_json::Value;

use super::key_cache::KeyCache;
use super::signed_claims::SignedClaims;
use super::token_error::TokenError;
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

/// Verifies `unverified_token`, which may have at most `max_bytes`, with the auth service's keys.
/// The only accepted algorithm is RS256.
pub(super) async fn verify(
    unverified_token: &str,
    max_bytes: usize,
    keys: &KeyCache,
) -> Result<SignedClaims, TokenError> {
    if unverified_token.len() > max_bytes {
        return Err(TokenError::TooLong(max_bytes));
    }
    let (message, signature, header) = split(unverified_token)?;
    for key in keys.candidates(header.kid.as_deref()).await? {
        if is_signed(message, signature, &key)? {
            return read_claims(message);
        }
    }
    Err(TokenError::Signature)
}

fn is_signed(message: &str, signature: &str, key: &DecodingKey) -> Result<bool, TokenError> {
    jsonwebtoken::crypto::verify(signature, message.as_bytes(), key, Algorithm::RS256)
        .map_err(|_| TokenError::Malformed)
}

/// Splits a token into the signed part, the signature, and the header. All three are unverified.
fn split(token: &str) -> Result<(&str, &str, UnverifiedHeader), TokenError> {
    let (message, signature) = token.rsplit_once('.').ok_or(TokenError::Malformed)?;
    let (header, claims) = message.split_once('.').ok_or(TokenError::Malformed)?;
    if claims.contains('.') || signature.is_empty() || header.len() > limits::MAX_TOKEN_HEADER {
        return Err(TokenError::Malformed);
    }
    let header: UnverifiedHeader = decode(header)?;
    if header.alg != "RS256" {
        return Err(TokenError::Algorithm);
    }
    if header.crit.is_some() || !header.typ.as_deref().is_none_or(is_known_type) {
        return Err(TokenError::Malformed);
    }
    Ok((message, signature, header))
}

/// Accepts `JWT` (RFC 7519 §5.1), `at+jwt` (RFC 9068 §2.1) and `JOSE` (RFC 7515 §4.1.9), in any
/// case, with or without `application/`.
fn is_known_type(typ: &str) -> bool {
    let typ = typ.to_ascii_lowercase();
    matches!(typ.strip_prefix("application/").unwrap_or(&typ), "jwt" | "at+jwt" | "jose")
}

/// The issuer that a token names, unverified: it tells which keys may verify it.
pub(super) fn unverified_issuer(token: &str) -> Option<String> {
    let (message, _) = token.rsplit_once('.')?;
    read_claims(message).ok()?.text("iss").ok()?
}

fn read_claims(signed_message: &str) -> Result<SignedClaims, TokenError> {
    let (_, claims) = signed_message.split_once('.').ok_or(TokenError::Malformed)?;
    decode(claims)
}

fn decode<T: serde::de::DeserializeOwned>(part: &str) -> Result<T, TokenError> {
    let bytes = URL_SAFE_NO_PAD.decode(part).map_err(|_| TokenError::Malformed)?;
    serde_json::from_slice(&bytes).map_err(|_| TokenError::Malformed)
}
