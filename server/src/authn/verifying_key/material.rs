//! A public key without its name.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::DecodingKey;
use sha2::{Digest as _, Sha256};

use crate::domain::issuer::{Algorithms, TokenAlgorithm};

/// The families of keys that are accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Family {
    /// RSA of 2048 to 4096 bits.
    Rsa,
    /// The curve P-256.
    P256,
    /// The curve of Ed25519.
    Ed25519,
}

/// The numbers of a key.
pub(super) struct Material {
    pub(super) family: Family,
    pub(super) thumbprint: String,
    pub(super) verifier: DecodingKey,
}

impl Family {
    /// The algorithms that keys of the family verify.
    const fn each(self) -> &'static [TokenAlgorithm] {
        match self {
            Self::Rsa => &[TokenAlgorithm::Rs256, TokenAlgorithm::Ps256],
            Self::P256 => &[TokenAlgorithm::Es256],
            Self::Ed25519 => &[TokenAlgorithm::EdDsa],
        }
    }

    /// The accepted algorithms of a key that was published for `alg`; for all of its family without one.
    pub(super) fn algorithms(
        self,
        alg: Option<&str>,
        accepted: &Algorithms,
    ) -> Vec<TokenAlgorithm> {
        let meant = |algorithm: &TokenAlgorithm| match alg {
            // The name of RFC 9864 §2.2 in a key, for what RFC 8037 calls EdDSA.
            Some("Ed25519") => *algorithm == TokenAlgorithm::EdDsa,
            Some(alg) => Algorithms::name(*algorithm) == alg,
            None => true,
        };
        let each = self.each().iter().copied();
        each.filter(|algorithm| accepted.contains(*algorithm)).filter(meant).collect()
    }
}

/// A number or a point in base64url, as keys and thumbprints have it.
pub(super) fn encode(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// The thumbprint by RFC 7638: SHA-256 over the required members in their order.
pub(super) fn thumbprint(members: &str) -> String {
    encode(&Sha256::digest(members))
}
