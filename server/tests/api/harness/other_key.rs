//! Keys of auth services that sign by other algorithms than RS256, generated once per process.

use std::sync::LazyLock;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair as _,
};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use super::signing_key::{KEYS, SigningKey};

/// One key for each of the other algorithms: ES256, EdDSA, PS256.
pub(crate) static OTHER_KEYS: LazyLock<[OtherKey; 3]> = LazyLock::new(|| {
    [
        OtherKey::P256(EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap()),
        OtherKey::Ed25519(Ed25519KeyPair::generate().unwrap()),
        OtherKey::Pss(&KEYS[2]),
    ]
});

/// A key that signs tokens.
pub(crate) enum OtherKey {
    P256(EcdsaKeyPair),
    Ed25519(Ed25519KeyPair),
    /// An RSA key that signs by PS256.
    Pss(&'static SigningKey),
}

impl OtherKey {
    pub(crate) fn alg(&self) -> &'static str {
        match self {
            Self::P256(_) => "ES256",
            Self::Ed25519(_) => "EdDSA",
            Self::Pss(_) => "PS256",
        }
    }

    /// The key's id in a JWKS.
    pub(crate) fn kid(&self) -> &'static str {
        match self {
            Self::P256(_) => "p256",
            Self::Ed25519(_) => "ed25519",
            Self::Pss(_) => "pss",
        }
    }

    pub(super) fn sign(&self, message: &str) -> Vec<u8> {
        match self {
            Self::P256(pair) => {
                pair.sign(&SystemRandom::new(), message.as_bytes()).unwrap().as_ref().to_vec()
            }
            Self::Ed25519(pair) => pair.sign(message.as_bytes()).as_ref().to_vec(),
            Self::Pss(key) => key.sign_pss(message),
        }
    }

    /// The public half as a JWK.
    pub(crate) fn jwk(&self) -> Value {
        let base64 = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        let mut jwk = match self {
            Self::P256(pair) => {
                let point = pair.public_key().as_ref();
                let (x, y) = (base64(&point[1..33]), base64(&point[33..]));
                json!({ "kty": "EC", "crv": "P-256", "x": x, "y": y })
            }
            Self::Ed25519(pair) => {
                json!({ "kty": "OKP", "crv": "Ed25519", "x": base64(pair.public_key().as_ref()) })
            }
            Self::Pss(key) => key.jwk(),
        };
        jwk["kid"] = json!(self.kid());
        jwk["alg"] = json!(self.alg());
        jwk
    }
}
