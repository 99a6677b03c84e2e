//! Keys on elliptic curves.

use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ED25519, ParsedPublicKey, VerificationAlgorithm,
};
use jsonwebtoken::DecodingKey;

use super::material::{Family, Material, encode, thumbprint};

/// Bytes of a coordinate on P-256 (RFC 7518 §6.2.1.2), and of a point of Ed25519 (RFC 8032 §5.1.2).
const COORDINATE: usize = 32;

/// How an uncompressed point begins (SEC 1 §2.3.3).
const UNCOMPRESSED: u8 = 4;

/// A key on P-256, by its coordinates.
pub(super) fn p256(x: &[u8], y: &[u8]) -> Result<Material, String> {
    if x.len() != COORDINATE || y.len() != COORDINATE {
        return Err("a coordinate on P-256 has 32 bytes".to_owned());
    }
    let point = [&[UNCOMPRESSED], x, y].concat();
    demand_point(&ECDSA_P256_SHA256_FIXED, &point)?;
    let (x, y) = (encode(x), encode(y));
    let members = format!(r#"{{"crv":"P-256","kty":"EC","x":"{x}","y":"{y}"}}"#);
    Ok(Material {
        family: Family::P256,
        thumbprint: thumbprint(&members),
        verifier: DecodingKey::from_ec_der(&point),
    })
}

/// A key on P-256, as an uncompressed point.
pub(super) fn p256_point(point: &[u8]) -> Result<Material, String> {
    match point {
        [UNCOMPRESSED, coordinates @ ..] if coordinates.len() == 2 * COORDINATE => {
            let (x, y) = coordinates.split_at(COORDINATE);
            p256(x, y)
        }
        _ => Err("a point on P-256 is written uncompressed, in 65 bytes".to_owned()),
    }
}

/// A key of Ed25519.
pub(super) fn ed25519(x: &[u8]) -> Result<Material, String> {
    if x.len() != COORDINATE {
        return Err("a key of Ed25519 has 32 bytes".to_owned());
    }
    demand_point(&ED25519, x)?;
    let members = format!(r#"{{"crv":"Ed25519","kty":"OKP","x":"{}"}}"#, encode(x));
    Ok(Material {
        family: Family::Ed25519,
        thumbprint: thumbprint(&members),
        verifier: DecodingKey::from_ed_der(x),
    })
}

fn demand_point(algorithm: &'static dyn VerificationAlgorithm, point: &[u8]) -> Result<(), String> {
    let parsed = ParsedPublicKey::new(algorithm, point);
    parsed.map(drop).map_err(|_| "it is no point on its curve".to_owned())
}
