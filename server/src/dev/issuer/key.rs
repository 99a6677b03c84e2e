//! The demo key, kept in a file that only its owner may read.

use std::{
    fs::{File, OpenOptions},
    io::{self, Write as _},
    path::Path,
};

use rsa::{
    RsaPrivateKey,
    pkcs8::{DecodePrivateKey as _, EncodePrivateKey as _, EncodePublicKey as _, LineEnding},
    rand_core::OsRng,
};
use uuid::Uuid;
use zeroize::Zeroizing;

use super::IssuerError;

/// The file's name.
const FILE: &str = "demo-auth.pem";

/// The key's length, in bits.
const BITS: usize = 2048;

/// Both halves of a key, in PEM.
pub(super) struct Pair {
    /// PKCS#8. Overwritten when dropped.
    pub(super) private_pem: Zeroizing<String>,
    /// SubjectPublicKeyInfo, as the SAIL auth service publishes it.
    pub(super) public_pem: String,
}

/// Reads the key in `dir`, or makes `dir` and the key.
pub(super) fn load_or_create(dir: &Path) -> Result<Pair, IssuerError> {
    let path = dir.join(FILE);
    let failed = |source| IssuerError::File { path: path.clone(), source };
    let malformed = || IssuerError::Malformed { path: path.clone() };
    if !path.try_exists().map_err(failed)? {
        let private_pem = generate()?;
        std::fs::create_dir_all(dir).map_err(failed)?;
        keep(dir, &path, &private_pem).map_err(failed)?;
    }
    let private_pem = Zeroizing::new(std::fs::read_to_string(&path).map_err(failed)?);
    let key = RsaPrivateKey::from_pkcs8_pem(&private_pem).map_err(|_| malformed())?;
    let public_pem = key.to_public_key().to_public_key_pem(LineEnding::LF);
    Ok(Pair { private_pem, public_pem: public_pem.map_err(|_| malformed())? })
}

fn generate() -> Result<Zeroizing<String>, IssuerError> {
    let key = RsaPrivateKey::new(&mut OsRng, BITS).map_err(IssuerError::Generate)?;
    key.to_pkcs8_pem(LineEnding::LF)
        .map_err(|error| IssuerError::Generate(rsa::Error::Pkcs8(error)))
}

/// Puts the key in place whole or not at all. Whoever comes first wins: a key that has appeared
/// meanwhile stays.
fn keep(dir: &Path, path: &Path, private_pem: &str) -> io::Result<()> {
    let draft = dir.join(format!(".{FILE}.{}", Uuid::new_v4()));
    let written = write_private(&draft, private_pem).and_then(|()| publish(&draft, path));
    let _ = std::fs::remove_file(&draft); // gone already where it was renamed
    written
}

fn write_private(path: &Path, private_pem: &str) -> io::Result<()> {
    let mut file = create_private(path)?;
    file.write_all(private_pem.as_bytes())?;
    file.sync_all()
}

/// Gives the draft its name without replacing a file of that name. Where the file system has no
/// hard links, it may replace one.
fn publish(draft: &Path, path: &Path) -> io::Result<()> {
    match std::fs::hard_link(draft, path) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        Err(_) => std::fs::rename(draft, path),
        Ok(()) => Ok(()),
    }
}

#[cfg(unix)]
fn create_private(path: &Path) -> io::Result<File> {
    use std::os::unix::fs::OpenOptionsExt as _;
    OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)
}

#[cfg(not(unix))]
fn create_private(path: &Path) -> io::Result<File> {
    OpenOptions::new().write(true).create_new(true).open(path)
}
