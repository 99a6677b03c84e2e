//! RSA keys.

use jsonwebtoken::DecodingKey;

use super::material::{Family, Material, encode, thumbprint};

/// The accepted key lengths. A shorter key can be factored; a longer one makes each check too
/// expensive.
const BITS: std::ops::RangeInclusive<usize> = 2048..=4096;

/// Refuses a modulus of an unaccepted length, and an unsafe exponent.
pub(super) fn material(modulus: &[u8], exponent: &[u8]) -> Result<Material, String> {
    let modulus = without_leading_zeros(modulus);
    let exponent = without_leading_zeros(exponent);
    let bits = modulus.len() * 8 - modulus.first().map_or(0, |byte| byte.leading_zeros() as usize);
    if !BITS.contains(&bits) {
        return Err(format!("an RSA key of {bits} bits: 2048 to 4096 are accepted"));
    }
    if !is_sound(exponent) {
        return Err("an RSA exponent that is even, below 65537, or over 32 bits".to_owned());
    }
    let (n, e) = (encode(modulus), encode(exponent));
    Ok(Material {
        family: Family::Rsa,
        thumbprint: thumbprint(&format!(r#"{{"e":"{e}","kty":"RSA","n":"{n}"}}"#)),
        verifier: DecodingKey::from_rsa_raw_components(modulus, exponent),
    })
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
