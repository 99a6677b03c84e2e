//! The demo key, kept in a file that only its owner may read.

use std::path::Path;

use rsa::{
    RsaPrivateKey,
    pkcs8::{DecodePrivateKey as _, EncodePrivateKey as _, EncodePublicKey as _, LineEnding},
    rand_core::OsRng,
};
use zeroize::Zeroizing;

use super::super::private_file;
use super::error::IssuerError;

/// The name of the key file.
const FILE: &str = "demo-auth.pem";

/// The key's length, in bits.
const BITS: usize = 2048;

/// A key pair in PEM.
pub(super) struct Pair {
    /// PKCS#8. Overwritten when dropped.
    pub(super) private_pem: Zeroizing<String>,
    /// SubjectPublicKeyInfo, as the SAIL auth service publishes it.
    pub(super) public_pem: String,
}

/// Reads the key in `dir`, or creates `dir` and the key.
pub(super) fn load_or_create(dir: &Path) -> Result<Pair, IssuerError> {
    let path = dir.join(FILE);
    let failed = |source| IssuerError::File { path: path.clone(), source };
    let malformed = || IssuerError::Malformed { path: path.clone() };
    let private_pem = match private_file::read(&path).map_err(failed)? {
        Some(known) => known,
        None => private_file::keep(&path, &generate()?).map_err(failed)?,
    };
    let key = RsaPrivateKey::from_pkcs8_pem(&private_pem).map_err(|_| malformed())?;
    let public_pem = key.to_public_key().to_public_key_pem(LineEnding::LF);
    Ok(Pair { private_pem, public_pem: public_pem.map_err(|_| malformed())? })
}

fn generate() -> Result<Zeroizing<String>, IssuerError> {
    let key = RsaPrivateKey::new(&mut OsRng, BITS).map_err(IssuerError::Generate)?;
    key.to_pkcs8_pem(LineEnding::LF)
        .map_err(|error| IssuerError::Generate(rsa::Error::Pkcs8(error)))
}
