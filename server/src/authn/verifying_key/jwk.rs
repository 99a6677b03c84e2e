//! Keys as JSON (RFC 7517).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::Value;

use super::material::{Family, Material};
use super::{curve, rsa};
use crate::domain::issuer::Algorithms;

/// The members of a JWK that are read (RFC 7517 §4, RFC 7518 §6, RFC 8037 §2).
#[derive(Deserialize)]
pub(super) struct Jwk {
    #[serde(rename = "use")]
    usage: Option<String>,
    key_ops: Option<Vec<String>>,
    pub(super) alg: Option<String>,
    pub(super) kid: Option<String>,
    n: Option<String>,
    e: Option<String>,
    x: Option<String>,
    y: Option<String>,
    /// The private half. If it is published, every reader of the key set can create users.
    d: Option<IgnoredAny>,
}

impl Jwk {
    /// Reads a JWK and its family; `None` for a key that is not for one of the `accepted` algorithms.
    pub(super) fn read(
        member: &Value,
        accepted: &Algorithms,
    ) -> Result<Option<(Family, Self)>, String> {
        let Some(family) = family(member)? else { return Ok(None) };
        if family.algorithms(None, accepted).is_empty() {
            return Ok(None);
        }
        let jwk: Self =
            serde_path_to_error::deserialize(member).map_err(|error| error.to_string())?;
        let alg = jwk.alg.as_deref();
        if !jwk.is_meant() || family.algorithms(alg, accepted).is_empty() {
            return Ok(None);
        }
        if jwk.d.is_some() {
            return Err("its private half is published with it".to_owned());
        }
        Ok(Some((family, jwk)))
    }

    /// Whether the key may verify signatures. A member that is absent does not restrict the key.
    fn is_meant(&self) -> bool {
        self.usage.as_deref().is_none_or(|usage| usage == "sig")
            && self.key_ops.as_ref().is_none_or(|ops| ops.iter().any(|op| op == "verify"))
    }

    /// The numbers of a key of `family`.
    pub(super) fn material(self, family: Family) -> Result<Material, String> {
        match family {
            Family::Rsa => rsa::material(&number("n", self.n)?, &number("e", self.e)?),
            Family::P256 => curve::p256(&number("x", self.x)?, &number("y", self.y)?),
            Family::Ed25519 => curve::ed25519(&number("x", self.x)?),
        }
    }
}

/// The family that a JWK says it is of; `None` for one that Cargo does not know.
fn family(member: &Value) -> Result<Option<Family>, String> {
    let text = |name: &str| member.get(name).and_then(Value::as_str);
    let kty = text("kty").ok_or_else(|| "`kty` is missing or not a text".to_owned())?;
    Ok(match (kty, text("crv")) {
        ("RSA", _) => Some(Family::Rsa),
        ("EC", Some("P-256")) => Some(Family::P256),
        ("OKP", Some("Ed25519")) => Some(Family::Ed25519),
        _ => None,
    })
}

/// Decodes `Base64urlUInt` (RFC 7518 §2). It also accepts padding and leading zeros, which the RFC
/// forbids: the number is still unambiguous. Another alphabet is refused.
fn number(name: &str, text: Option<String>) -> Result<Vec<u8>, String> {
    let text = text.ok_or_else(|| format!("`{name}` is missing"))?;
    URL_SAFE_NO_PAD
        .decode(text.trim_end_matches('='))
        .map_err(|_| format!("`{name}` is not base64url (RFC 7518 §2)"))
}
