//! One public key of the auth service, from a JWK or a PEM. Pure.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::DecodingKey;
use pkcs1::der::{Decode as _, pem::decode_vec};
use serde::Deserialize;
use serde::de::IgnoredAny;
use sha2::{Digest, Sha256};

/// The accepted key lengths. A shorter key can be factored; a longer one makes each check too
/// expensive.
const BITS: std::ops::RangeInclusive<usize> = 2048..=4096;

/// `rsaEncryption` (RFC 8017, appendix A.1).
const RSA_ENCRYPTION: spki::ObjectIdentifier =
    spki::ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");

/// An RSA public key for RS256.
#[derive(Clone)]
pub(super) struct VerifyingKey {
    /// The published `kid`, or else the key's RFC 7638 thumbprint.
    pub(super) id: String,
    /// Whether the key was published with a `kid`. Then a token's `kid` should name it.
    pub(super) named: bool,
    /// The RFC 7638 thumbprint, which depends only on the key.
    thumbprint: String,
    pub(super) verifier: DecodingKey,
}

/// Two keys are equal if the key and its id are equal.
impl PartialEq for VerifyingKey {
    fn eq(&self, other: &Self) -> bool {
        (&self.id, self.named, &self.thumbprint) == (&other.id, other.named, &other.thumbprint)
    }
}

/// The members of an RSA JWK that are read (RFC 7517 §4, RFC 7518 §6.3).
#[derive(Deserialize)]
struct Jwk {
    #[serde(rename = "use")]
    usage: Option<String>,
    key_ops: Option<Vec<String>>,
    alg: Option<String>,
    kid: Option<String>,
    n: Option<String>,
    e: Option<String>,
    /// The private exponent. If it is published, every reader of the key set can create users.
    d: Option<IgnoredAny>,
}

impl Jwk {
    /// Whether the key may verify RS256. A member that is absent does not restrict the key.
    fn is_meant(&self) -> bool {
        self.usage.as_deref().is_none_or(|usage| usage == "sig")
            && self.key_ops.as_ref().is_none_or(|ops| ops.iter().any(|op| op == "verify"))
            && self.alg.as_deref().is_none_or(|alg| alg == "RS256")
    }
}

impl VerifyingKey {
    /// Parses a member of a JWK Set; `None` for a valid key of another type or use.
    ///
    /// # Errors
    /// Why the key cannot be used.
    pub(super) fn from_jwk(member: &serde_json::Value) -> Result<Option<Self>, String> {
        match member.get("kty").map(serde_json::Value::as_str) {
            Some(Some("RSA")) => {}
            Some(Some(_)) => return Ok(None),
            Some(None) | None => return Err("`kty` is missing or not a text".to_owned()),
        }
        let jwk: Jwk =
            serde_path_to_error::deserialize(member).map_err(|error| error.to_string())?;
        if !jwk.is_meant() {
            return Ok(None);
        }
        if jwk.d.is_some() {
            return Err("its private half is published with it".to_owned());
        }
        let (modulus, exponent) = (number("n", jwk.n)?, number("e", jwk.e)?);
        Self::from_parts(&modulus, &exponent, jwk.kid).map(Some)
    }

    /// Parses `BEGIN PUBLIC KEY` (RFC 7468 §13) or `BEGIN RSA PUBLIC KEY` (RFC 8017 A.1.1).
    ///
    /// # Errors
    /// Why the key cannot be used.
    pub(super) fn from_pem(pem: &str) -> Result<Self, String> {
        let wrong = || "it is not a PEM of an RSA public key".to_owned();
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
        Self::from_parts(key.modulus.as_bytes(), key.public_exponent.as_bytes(), None)
    }

    /// Refuses a modulus of an unaccepted length, and an unsafe exponent.
    fn from_parts(modulus: &[u8], exponent: &[u8], kid: Option<String>) -> Result<Self, String> {
        let modulus = without_leading_zeros(modulus);
        let exponent = without_leading_zeros(exponent);
        let bits =
            modulus.len() * 8 - modulus.first().map_or(0, |byte| byte.leading_zeros() as usize);
        if !BITS.contains(&bits) {
            return Err(format!("an RSA key of {bits} bits: 2048 to 4096 are accepted"));
        }
        if !is_sound(exponent) {
            return Err("an RSA exponent that is even, below 65537, or over 32 bits".to_owned());
        }
        let thumbprint = thumbprint(modulus, exponent);
        Ok(Self {
            named: kid.is_some(),
            id: kid.unwrap_or_else(|| thumbprint.clone()),
            thumbprint,
            verifier: DecodingKey::from_rsa_raw_components(modulus, exponent),
        })
    }
}

/// Decodes `Base64urlUInt` (RFC 7518 §2). It also accepts padding and leading zeros, which the RFC
/// forbids: the number is still unambiguous. Another alphabet is refused.
fn number(name: &str, text: Option<String>) -> Result<Vec<u8>, String> {
    let text = text.ok_or_else(|| format!("`{name}` is missing"))?;
    URL_SAFE_NO_PAD
        .decode(text.trim_end_matches('='))
        .map_err(|_| format!("`{name}` is not base64url (RFC 7518 §2)"))
}

/// Whether the exponent is odd, at least 65537, and at most 32 bits long.
fn is_sound(exponent: &[u8]) -> bool {
    let value = exponent.iter().try_fold(0_u32, |value, byte| {
        value.checked_mul(256).map(|value| value + u32::from(*byte))
    });
    value.is_some_and(|value| value >= 65537 && value % 2 == 1)
}

fn without_leading_zeros(mut number: &[u8]) -> &[u8] {
    while let [0, rest @ ..] = number {
        number = rest;
    }
    number
}

/// The thumbprint by RFC 7638: SHA-256 over the required members in their order.
fn thumbprint(modulus: &[u8], exponent: &[u8]) -> String {
    let (n, e) = (URL_SAFE_NO_PAD.encode(modulus), URL_SAFE_NO_PAD.encode(exponent));
    URL_SAFE_NO_PAD.encode(Sha256::digest(format!(r#"{{"e":"{e}","kty":"RSA","n":"{n}"}}"#)))
}
