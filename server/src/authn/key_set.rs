//! The auth service's keys in any of the forms it may publish them: a JWKS, one PEM, or a JSON
//! array of PEMs. Pure.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::DecodingKey;
use pkcs1::der::{Decode as _, pem::decode_vec};
use serde::Deserialize;
use sha2::{Digest, Sha256};

const MAX_KEYS: usize = 16;

/// `rsaEncryption` (RFC 8017, appendix A.1).
const RSA_ENCRYPTION: spki::ObjectIdentifier =
    spki::ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");

/// RSA public keys that verify RS256, each with an id.
#[derive(Clone)]
pub struct KeySet(Vec<Key>);

#[derive(Clone)]
struct Key {
    /// The `kid` it was published under, or its RFC 7638 thumbprint.
    id: String,
    /// Whether the id was published: then a token's `kid` can be expected to name it.
    named: bool,
    verifier: DecodingKey,
}

/// Why a document holds no usable keys.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct InvalidKeySet(String);

impl KeySet {
    /// Reads a document. Keys of other kinds and uses are passed over; what remains must be 1 to
    /// 16 RSA keys of 2048 to 8192 bits with an odd exponent of at least 65537.
    ///
    /// # Errors
    /// None of the three forms, no usable key, or a weak one.
    pub fn parse(document: &str) -> Result<Self, InvalidKeySet> {
        let text = document.trim();
        let keys: Vec<Key> = if text.starts_with('{') {
            jwks(text)?
        } else if text.starts_with('[') {
            let pems: Vec<String> = serde_json::from_str(text)
                .map_err(|_| invalid("the JSON array does not hold PEM texts"))?;
            pems.iter().map(|pem| from_pem(pem)).collect::<Result<_, _>>()?
        } else {
            vec![from_pem(text)?]
        };
        match keys.len() {
            0 => Err(invalid("there is no RSA signing key among them")),
            1..=MAX_KEYS => Ok(Self(keys)),
            _ => Err(invalid("more than 16 keys")),
        }
    }

    /// The keys that may have signed a token with this `kid`: the one it names; all of them for
    /// a token without `kid`, or when the keys were published without ids.
    pub fn candidates(&self, kid: Option<&str>) -> Vec<DecodingKey> {
        let all = || self.0.iter().map(|key| key.verifier.clone()).collect();
        let Some(kid) = kid else { return all() };
        match self.0.iter().find(|key| key.id == kid) {
            Some(named) => vec![named.verifier.clone()],
            None if self.0.iter().all(|key| !key.named) => all(),
            None => Vec::new(),
        }
    }

    /// How many keys there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Never: a set without keys does not parse.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl std::fmt::Debug for KeySet {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.0.iter().map(|key| &key.id)).finish()
    }
}

fn invalid(text: &str) -> InvalidKeySet {
    InvalidKeySet(text.to_owned())
}

#[derive(Deserialize)]
struct Jwks {
    keys: Vec<Jwk>,
}

#[derive(Deserialize)]
struct Jwk {
    kty: String,
    #[serde(rename = "use")]
    usage: Option<String>,
    alg: Option<String>,
    kid: Option<String>,
    n: Option<String>,
    e: Option<String>,
}

fn jwks(text: &str) -> Result<Vec<Key>, InvalidKeySet> {
    let jwks: Jwks =
        serde_json::from_str(text).map_err(|_| invalid("the JSON object is no JWKS"))?;
    jwks.keys
        .into_iter()
        .filter(|jwk| jwk.kty == "RSA")
        .filter(|jwk| jwk.usage.as_deref().is_none_or(|usage| usage == "sig"))
        .filter(|jwk| jwk.alg.as_deref().is_none_or(|alg| alg == "RS256"))
        .map(|jwk| {
            let part = |part: Option<String>| {
                part.and_then(|text| URL_SAFE_NO_PAD.decode(text.trim_end_matches('=')).ok())
                    .ok_or_else(|| invalid("a JWK's `n` or `e` is missing or no base64url"))
            };
            from_parts(&part(jwk.n)?, &part(jwk.e)?, jwk.kid)
        })
        .collect()
}

/// `BEGIN PUBLIC KEY` (RFC 7468 §13) or `BEGIN RSA PUBLIC KEY` (RFC 8017 A.1.1).
fn from_pem(pem: &str) -> Result<Key, InvalidKeySet> {
    let wrong = || invalid("a PEM is no RSA public key");
    let (label, der) = decode_vec(pem.trim().as_bytes()).map_err(|_| wrong())?;
    let pkcs1_der = match label {
        "RSA PUBLIC KEY" => der,
        "PUBLIC KEY" => spki::SubjectPublicKeyInfoRef::from_der(&der)
            .ok()
            .filter(|info| info.algorithm.oid == RSA_ENCRYPTION)
            .and_then(|info| info.subject_public_key.as_bytes().map(<[u8]>::to_vec))
            .ok_or_else(wrong)?,
        _ => return Err(wrong()),
    };
    let key = pkcs1::RsaPublicKey::from_der(&pkcs1_der).map_err(|_| wrong())?;
    from_parts(key.modulus.as_bytes(), key.public_exponent.as_bytes(), None)
}

/// Refuses keys that are too weak, or that an implementation might choke on.
fn from_parts(modulus: &[u8], exponent: &[u8], kid: Option<String>) -> Result<Key, InvalidKeySet> {
    let modulus = without_leading_zeros(modulus);
    let exponent = without_leading_zeros(exponent);
    let bits = modulus.len() * 8 - modulus.first().map_or(0, |byte| byte.leading_zeros() as usize);
    if !(2048..=8192).contains(&bits) {
        return Err(InvalidKeySet(format!("an RSA key of {bits} bits: 2048 to 8192 are accepted")));
    }
    let value = exponent.iter().try_fold(0_u64, |value, byte| {
        value.checked_mul(256).map(|value| value + u64::from(*byte))
    });
    match value {
        Some(value) if value >= 65537 && value % 2 == 1 && exponent.len() <= 4 => {}
        _ => return Err(invalid("an RSA exponent that is even, below 65537, or over 32 bits")),
    }
    let named = kid.is_some();
    let id = kid.unwrap_or_else(|| thumbprint(modulus, exponent));
    Ok(Key { id, named, verifier: DecodingKey::from_rsa_raw_components(modulus, exponent) })
}

fn without_leading_zeros(mut number: &[u8]) -> &[u8] {
    while let [0, rest @ ..] = number {
        number = rest;
    }
    number
}

/// RFC 7638: SHA-256 over the required members in their order.
fn thumbprint(modulus: &[u8], exponent: &[u8]) -> String {
    let (n, e) = (URL_SAFE_NO_PAD.encode(modulus), URL_SAFE_NO_PAD.encode(exponent));
    URL_SAFE_NO_PAD.encode(Sha256::digest(format!(r#"{{"e":"{e}","kty":"RSA","n":"{n}"}}"#)))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of RFC 7638 §3.1.
    const N: &str = "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw";

    #[test]
    fn a_key_without_id_gets_its_thumbprint() {
        let set = KeySet::parse(&format!(r#"{{"keys":[{{"kty":"RSA","n":"{N}","e":"AQAB"}}]}}"#));
        assert_eq!(set.unwrap().0[0].id, "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs");
    }

    #[test]
    fn weak_and_foreign_keys_are_refused() {
        let jwk = |rest: &str| KeySet::parse(&format!(r#"{{"keys":[{{{rest}}}]}}"#));
        assert!(jwk(&format!(r#""kty":"RSA","n":"{N}","e":"Aw""#)).is_err(), "e = 3");
        assert!(jwk(&format!(r#""kty":"RSA","n":"{N}","e":"AQAA""#)).is_err(), "even e");
        assert!(jwk(r#""kty":"RSA","n":"AQAB","e":"AQAB""#).is_err(), "17 bits");
        assert!(jwk(&format!(r#""kty":"RSA","use":"enc","n":"{N}","e":"AQAB""#)).is_err(), "enc");
        assert!(jwk(&format!(r#""kty":"RSA","alg":"RS512","n":"{N}","e":"AQAB""#)).is_err());
        assert!(jwk(r#""kty":"oct","k":"AQAB""#).is_err(), "symmetric");
        for text in ["", "[]", "{}", "<html>", "[1]", "[\"-----BEGIN PRIVATE KEY-----\"]"] {
            assert!(KeySet::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_kid_names_one_key_or_none() {
        let set = KeySet::parse(&format!(
            r#"{{"keys":[{{"kid":"a","kty":"RSA","n":"{N}","e":"AQAB"}}]}}"#
        ))
        .unwrap();
        assert_eq!(set.candidates(Some("a")).len(), 1);
        assert_eq!(set.candidates(Some("b")).len(), 0);
        assert_eq!(set.candidates(None).len(), 1);
    }
}
