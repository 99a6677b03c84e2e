//! From unverified token to signed claims (RFC 7519, RFC 8725).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};
use jsonwebtoken::{Algorithm, DecodingKey};
use serde::Deserialize;
use serde_json::{Map, Value};

use super::error::AuthnError;
use super::key_cache::KeyCache;

const MAX_TOKEN: usize = 8 * 1024;
const MAX_HEADER: usize = 1024;

/// The part of a header that is looked at. `jwk`, `jku`, `x5u` and `x5c` are not: a token does
/// not bring its own key.
#[derive(Deserialize)]
struct UnverifiedHeader {
    alg: String,
    kid: Option<String>,
    typ: Option<String>,
    crit: Option<Value>,
}

/// The claims of a token whose signature was verified. Nothing is said about what they claim.
#[derive(Debug)]
pub(super) struct SignedClaims(pub(super) Map<String, Value>);

/// Verifies `unverified_token` with the auth service's keys: RS256 and nothing else.
pub(super) async fn verify(
    unverified_token: &str,
    keys: &KeyCache,
    now: DateTime<Utc>,
) -> Result<SignedClaims, AuthnError> {
    let (message, signature, header) = split(unverified_token)?;
    for key in keys.candidates(header.kid.as_deref(), now).await? {
        if is_signed(message, signature, &key)? {
            return read_claims(message);
        }
    }
    Err(AuthnError::Signature)
}

fn is_signed(message: &str, signature: &str, key: &DecodingKey) -> Result<bool, AuthnError> {
    jsonwebtoken::crypto::verify(signature, message.as_bytes(), key, Algorithm::RS256)
        .map_err(|_| AuthnError::TokenMalformed)
}

/// Splits into what is signed, the signature, and the header, all still unverified.
fn split(token: &str) -> Result<(&str, &str, UnverifiedHeader), AuthnError> {
    if token.len() > MAX_TOKEN {
        return Err(AuthnError::TokenTooLong);
    }
    let (message, signature) = token.rsplit_once('.').ok_or(AuthnError::TokenMalformed)?;
    let (header, claims) = message.split_once('.').ok_or(AuthnError::TokenMalformed)?;
    if claims.contains('.') || signature.is_empty() || header.len() > MAX_HEADER {
        return Err(AuthnError::TokenMalformed);
    }
    let header: UnverifiedHeader = decode(header)?;
    if header.alg != "RS256" {
        return Err(AuthnError::Algorithm);
    }
    let typed = header.typ.as_deref().map(str::to_ascii_lowercase);
    if header.crit.is_some() || !matches!(typed.as_deref(), None | Some("jwt" | "at+jwt")) {
        return Err(AuthnError::TokenMalformed);
    }
    Ok((message, signature, header))
}

fn read_claims(signed_message: &str) -> Result<SignedClaims, AuthnError> {
    let (_, claims) = signed_message.split_once('.').ok_or(AuthnError::TokenMalformed)?;
    decode(claims).map(SignedClaims)
}

fn decode<T: serde::de::DeserializeOwned>(part: &str) -> Result<T, AuthnError> {
    let bytes = URL_SAFE_NO_PAD.decode(part).map_err(|_| AuthnError::TokenMalformed)?;
    serde_json::from_slice(&bytes).map_err(|_| AuthnError::TokenMalformed)
}
