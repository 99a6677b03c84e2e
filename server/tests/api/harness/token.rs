//! Valid and invalid tokens.

use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::other_key::OtherKey;
use super::signing_key::SigningKey;

pub(crate) const ISSUER: &str = "https://auth.example";
pub(crate) const AUDIENCE: &str = "cargo";

/// An unsigned token.
#[derive(Clone)]
pub(crate) struct Token {
    header: Value,
    claims: Value,
}

impl Token {
    /// A token with the claims of plain OIDC, valid for an hour.
    pub(crate) fn oidc(user: &str, now: DateTime<Utc>) -> Self {
        let now = now.timestamp();
        Self::new(json!({
            "iss": ISSUER, "aud": AUDIENCE, "sub": user, "projectId": "sail",
            "iat": now, "exp": now + 3600,
        }))
    }

    /// A token with the claims of the SAIL auth service: no audience, no `sub`.
    pub(crate) fn sail(user: &str, role: u32, now: DateTime<Utc>) -> Self {
        Self::new(json!({
            "id": user, "projectId": "sail", "role": role,
            "iss": ISSUER, "exp": now.timestamp() + 3600,
        }))
    }

    fn new(claims: Value) -> Self {
        Self { header: json!({ "alg": "RS256", "typ": "JWT" }), claims }
    }

    /// Sets a claim; `null` removes it.
    pub(crate) fn claim(mut self, name: &str, value: impl Into<Value>) -> Self {
        set(&mut self.claims, name, value.into());
        self
    }

    /// Sets a header parameter; `null` removes it.
    pub(crate) fn header(mut self, name: &str, value: impl Into<Value>) -> Self {
        set(&mut self.header, name, value.into());
        self
    }

    /// Signs the token, and sets its `kid`.
    pub(crate) fn signed_by(self, key: &SigningKey) -> String {
        self.header("kid", key.kid).signed_without_kid(key)
    }

    /// Signs the token, and leaves its `kid` as it is.
    pub(crate) fn signed_without_kid(&self, key: &SigningKey) -> String {
        let message = self.message();
        let signature = key.sign(&message);
        compact(&message, &signature)
    }

    /// Signs the token with a key of another kind, and sets its `alg` and `kid`.
    pub(crate) fn signed_as(self, key: &OtherKey) -> String {
        let message = self.header("alg", key.alg()).header("kid", key.kid()).message();
        let signature = key.sign(&message);
        compact(&message, &signature)
    }

    /// Signs the token with HMAC under `secret`, and `alg` HS256.
    pub(crate) fn hs256(self, secret: &[u8]) -> String {
        let message = self.header("alg", "HS256").message();
        let key = hmac::Key::new(hmac::HMAC_SHA256, secret);
        compact(&message, hmac::sign(&key, message.as_bytes()).as_ref())
    }

    /// Leaves the token unsigned, with `alg` none.
    pub(crate) fn unsigned(self) -> String {
        compact(&self.header("alg", "none").message(), b"")
    }

    fn message(&self) -> String {
        format!("{}.{}", encode(&self.header), encode(&self.claims))
    }
}

fn set(object: &mut Value, name: &str, value: Value) {
    let object = object.as_object_mut().unwrap();
    if value.is_null() {
        object.remove(name);
    } else {
        object.insert(name.to_owned(), value);
    }
}

fn encode(part: &Value) -> String {
    URL_SAFE_NO_PAD.encode(part.to_string())
}

fn compact(message: &str, signature: &[u8]) -> String {
    format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature))
}
