//! Tokens, good and otherwise.

use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::signing_key::SigningKey;

pub(crate) const ISSUER: &str = "https://auth.example";
pub(crate) const AUDIENCE: &str = "cargo";

/// A token that is not signed yet.
#[derive(Clone)]
pub(crate) struct Token {
    header: Value,
    claims: Value,
}

impl Token {
    /// As plain OIDC has it, good for an hour.
    pub(crate) fn oidc(user: &str, now: DateTime<Utc>) -> Self {
        let now = now.timestamp();
        Self::new(json!({
            "iss": ISSUER, "aud": AUDIENCE, "sub": user, "projectId": "sail",
            "iat": now, "exp": now + 3600,
        }))
    }

    /// As the SAIL auth service has it: no audience, no `sub`.
    pub(crate) fn sail(user: &str, role: u32, now: DateTime<Utc>) -> Self {
        Self::new(json!({
            "id": user, "projectId": "sail", "role": role,
            "iss": ISSUER, "exp": now.timestamp() + 3600,
        }))
    }

    fn new(claims: Value) -> Self {
        Self { header: json!({ "alg": "RS256", "typ": "JWT" }), claims }
    }

    /// Sets a claim; `null` takes it out.
    pub(crate) fn claim(mut self, name: &str, value: impl Into<Value>) -> Self {
        set(&mut self.claims, name, value.into());
        self
    }

    /// Sets a header parameter; `null` takes it out.
    pub(crate) fn header(mut self, name: &str, value: impl Into<Value>) -> Self {
        set(&mut self.header, name, value.into());
        self
    }

    /// Signed as it should be, `kid` included.
    pub(crate) fn signed_by(self, key: &SigningKey) -> String {
        self.header("kid", key.kid).signed_without_kid(key)
    }

    /// Signed, with whatever `kid` it has.
    pub(crate) fn signed_without_kid(&self, key: &SigningKey) -> String {
        let message = self.message();
        let signature = key.sign(&message);
        compact(&message, &signature)
    }

    /// HMAC under `secret`, and says so.
    pub(crate) fn hs256(self, secret: &[u8]) -> String {
        let message = self.header("alg", "HS256").message();
        let key = hmac::Key::new(hmac::HMAC_SHA256, secret);
        compact(&message, hmac::sign(&key, message.as_bytes()).as_ref())
    }

    /// Not signed at all, and says so.
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
