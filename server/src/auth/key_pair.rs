//! New RSA keys of 3072 bits.

use aws_lc_rs::encoding::{AsDer as _, Pkcs8V1Der, PublicKeyX509Der};
use aws_lc_rs::rsa::{KeyPair as RsaKeyPair, KeySize};
use aws_lc_rs::signature::KeyPair as _;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use sha2::{Digest as _, Sha256};

use crate::domain::Secret;
use crate::service::KeyPair;

/// A key cannot be made, or read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the RSA key could not be {0}")]
pub struct KeyPairError(&'static str);

/// Makes a key pair. It takes up to a second.
///
/// # Errors
/// [`KeyPairError`] if the library fails.
pub fn make_key_pair() -> Result<KeyPair, KeyPairError> {
    let wrong = |_| KeyPairError("made");
    let pair = RsaKeyPair::generate(KeySize::Rsa3072).map_err(wrong)?;
    let private: Pkcs8V1Der<'_> = pair.as_der().map_err(wrong)?;
    let public = pair.public_key();
    let spki: PublicKeyX509Der<'_> = public.as_der().map_err(wrong)?;
    let part = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
    let modulus = part(public.modulus().big_endian_without_leading_zero());
    let exponent = part(public.exponent().big_endian_without_leading_zero());
    // RFC 7638 §3: the required members in lexicographic order.
    let members = format!(r#"{{"e":"{exponent}","kty":"RSA","n":"{modulus}"}}"#);
    Ok(KeyPair {
        kid: URL_SAFE_NO_PAD.encode(Sha256::digest(members)),
        modulus,
        exponent,
        spki: spki.as_ref().to_vec(),
        private: Secret::new(STANDARD.encode(private.as_ref())),
    })
}

/// Reads the private half of a key.
///
/// # Errors
/// [`KeyPairError`] if it is none.
pub(super) fn read_private(private: &Secret) -> Result<RsaKeyPair, KeyPairError> {
    let wrong = KeyPairError("read");
    let der = STANDARD.decode(private.expose()).map_err(|_| wrong)?;
    let der = zeroize::Zeroizing::new(der);
    RsaKeyPair::from_pkcs8(&der).map_err(|_| wrong)
}
