//! RSA keys of auth services, generated once per process.

use std::sync::LazyLock;

use aws_lc_rs::encoding::AsDer as _;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::{KeyPair as _, RSA_PKCS1_SHA256, RSA_PSS_SHA256, RsaEncoding};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use pkcs1::der::Decode as _;
use serde_json::{Value, json};

/// Three keys: the auth service's first and second, and one of another service.
pub(crate) static KEYS: LazyLock<[SigningKey; 3]> =
    LazyLock::new(|| ["first", "second", "stranger"].map(SigningKey::generate));

/// A key that signs tokens.
pub(crate) struct SigningKey {
    /// The key's id in a JWKS.
    pub(crate) kid: &'static str,
    pair: KeyPair,
}

impl SigningKey {
    fn generate(kid: &'static str) -> Self {
        Self { kid, pair: KeyPair::generate(KeySize::Rsa2048).unwrap() }
    }

    /// Signs with RS256 (RFC 7518 §3.3).
    pub(crate) fn sign(&self, message: &str) -> Vec<u8> {
        self.sign_by(&RSA_PKCS1_SHA256, message)
    }

    /// Signs with PS256 (RFC 7518 §3.5).
    pub(crate) fn sign_pss(&self, message: &str) -> Vec<u8> {
        self.sign_by(&RSA_PSS_SHA256, message)
    }

    fn sign_by(&self, encoding: &'static dyn RsaEncoding, message: &str) -> Vec<u8> {
        let mut signature = vec![0; self.pair.public_modulus_len()];
        let random = SystemRandom::new();
        self.pair.sign(encoding, &random, message.as_bytes(), &mut signature).unwrap();
        signature
    }

    /// The public half as a JWK.
    pub(crate) fn jwk(&self) -> Value {
        let key = pkcs1::RsaPublicKey::from_der(self.pair.public_key().as_ref()).unwrap();
        let base64 = |number: &[u8]| URL_SAFE_NO_PAD.encode(number);
        json!({
            "kty": "RSA", "use": "sig", "alg": "RS256", "kid": self.kid,
            "n": base64(key.modulus.as_bytes()), "e": base64(key.public_exponent.as_bytes()),
        })
    }

    /// The public half as `BEGIN PUBLIC KEY`.
    pub(crate) fn pem(&self) -> String {
        let der = STANDARD.encode(self.pair.public_key().as_der().unwrap().as_ref());
        let lines = der.as_bytes().chunks(64).map(|line| str::from_utf8(line).unwrap());
        let body = lines.collect::<Vec<_>>().join("\n");
        format!("-----BEGIN PUBLIC KEY-----\n{body}\n-----END PUBLIC KEY-----\n")
    }
}
