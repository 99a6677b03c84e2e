//! One public key of an issuer, from a JWK or a PEM. Pure.

mod curve;
mod jwk;
mod material;
mod pem;
mod rsa;

use jsonwebtoken::DecodingKey;

use self::jwk::Jwk;
use self::material::Material;
use crate::domain::issuer::{Algorithms, TokenAlgorithm};

/// A public key, and the algorithms that it verifies.
#[derive(Clone)]
pub(super) struct VerifyingKey {
    /// The published `kid`, or else the key's RFC 7638 thumbprint.
    pub(super) id: String,
    /// Whether the key was published with a `kid`. Then a token's `kid` should name it.
    pub(super) named: bool,
    /// The RFC 7638 thumbprint, which depends only on the key.
    thumbprint: String,
    algorithms: Vec<TokenAlgorithm>,
    pub(super) verifier: DecodingKey,
}

/// Two keys are equal if the key, its id and its algorithms are equal.
impl PartialEq for VerifyingKey {
    fn eq(&self, other: &Self) -> bool {
        let parts = |key: &Self| (key.id.clone(), key.named, key.thumbprint.clone());
        parts(self) == parts(other) && self.algorithms == other.algorithms
    }
}

impl VerifyingKey {
    /// Parses a member of a JWK Set; `None` for a valid key that verifies none of the `accepted` algorithms.
    ///
    /// # Errors
    /// Why the key cannot be used.
    pub(super) fn from_jwk(
        member: &serde_json::Value,
        accepted: &Algorithms,
    ) -> Result<Option<Self>, String> {
        let Some((family, jwk)) = Jwk::read(member, accepted)? else { return Ok(None) };
        let (kid, alg) = (jwk.kid.clone(), jwk.alg.clone());
        Ok(Self::of(jwk.material(family)?, kid, alg.as_deref(), accepted))
    }

    /// Parses `BEGIN PUBLIC KEY` (RFC 7468 §13) or `BEGIN RSA PUBLIC KEY` (RFC 8017 A.1.1).
    ///
    /// # Errors
    /// Why the key cannot be used.
    pub(super) fn from_pem(pem: &str, accepted: &Algorithms) -> Result<Option<Self>, String> {
        Ok(Self::of(pem::read(pem)?, None, None, accepted))
    }

    /// The key, restricted to the algorithm that it was published for.
    fn of(
        material: Material,
        kid: Option<String>,
        alg: Option<&str>,
        accepted: &Algorithms,
    ) -> Option<Self> {
        let algorithms = material.family.algorithms(alg, accepted);
        let Material { thumbprint, verifier, .. } = material;
        (!algorithms.is_empty()).then(|| Self {
            named: kid.is_some(),
            id: kid.unwrap_or_else(|| thumbprint.clone()),
            thumbprint,
            algorithms,
            verifier,
        })
    }

    /// Whether the key verifies `algorithm`. No key verifies algorithms of another family, whatever a token
    /// says.
    pub(super) fn verifies(&self, algorithm: TokenAlgorithm) -> bool {
        self.algorithms.contains(&algorithm)
    }
}
