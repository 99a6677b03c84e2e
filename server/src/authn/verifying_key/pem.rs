//! Keys as PEM.

use pkcs1::der::{Decode as _, pem::decode_vec};
use spki::ObjectIdentifier;

use super::material::Material;
use super::{curve, rsa};

/// `rsaEncryption` (RFC 8017, appendix A.1).
const RSA_ENCRYPTION: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");
/// `id-ecPublicKey` (RFC 5480 §2.1.1).
const EC_PUBLIC_KEY: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.2.1");
/// `secp256r1` (RFC 5480 §2.1.1.1).
const P256: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.3.1.7");
/// `id-Ed25519` (RFC 8410 §3).
const ED25519: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.101.112");

pub(super) fn read(pem: &str) -> Result<Material, String> {
    let (label, der) = decode_vec(pem.trim().as_bytes()).map_err(|_| wrong())?;
    match label {
        "RSA PUBLIC KEY" => pkcs1(&der),
        "PUBLIC KEY" => spki(&der),
        _ => Err(wrong()),
    }
}

fn spki(der: &[u8]) -> Result<Material, String> {
    let info = spki::SubjectPublicKeyInfoRef::from_der(der).map_err(|_| wrong())?;
    let key = info.subject_public_key.as_bytes().ok_or_else(wrong)?;
    let (kind, curve) = info.algorithm.oids().map_err(|_| wrong())?;
    match (kind, curve) {
        (RSA_ENCRYPTION, None) => pkcs1(key),
        (EC_PUBLIC_KEY, Some(P256)) => curve::p256_point(key),
        (ED25519, None) => curve::ed25519(key),
        _ => Err(wrong()),
    }
}

fn pkcs1(der: &[u8]) -> Result<Material, String> {
    let key = pkcs1::RsaPublicKey::from_der(der).map_err(|_| wrong())?;
    rsa::material(key.modulus.as_bytes(), key.public_exponent.as_bytes())
}

fn wrong() -> String {
    "it is not a PEM of a public key of RSA, P-256 or Ed25519".to_owned()
}
