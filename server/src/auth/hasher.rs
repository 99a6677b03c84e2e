//! Argon2id (RFC 9106): how passwords are hashed.

use argon2::password_hash::{PasswordHash, PasswordHasher as _, PasswordVerifier as _, SaltString};
use argon2::{Algorithm, Argon2, Params, Version};

use super::error::AuthError;
use crate::domain::Secret;
use crate::domain::account::Password;

/// Memory in KiB, 19 MiB.
const MEMORY: u32 = 19 * 1024;
/// Passes over the memory.
const PASSES: u32 = 2;
/// Lanes.
const LANES: u32 = 1;

/// Hashes and verifies passwords. Each call takes tens of milliseconds and 19 MiB.
#[derive(Debug)]
pub(super) struct Hasher {
    argon2: Argon2<'static>,
    /// A hash that no password fits, for accounts that are not there: they take as long.
    nobodys: Secret,
}

impl Hasher {
    pub(super) fn new() -> Self {
        let params = Params::new(MEMORY, PASSES, LANES, None).unwrap_or_default();
        let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
        // The tag has the usual length, and is of no password that anybody knows.
        let nobodys = format!(
            "$argon2id$v=19$m={MEMORY},t={PASSES},p={LANES}$bm9ib2R5bm9ib2R5${}",
            "A".repeat(43)
        );
        Self { argon2, nobodys: Secret::new(nobodys) }
    }

    /// The hash of a password in PHC format, with a new salt.
    pub(super) fn hash(&self, password: &Password) -> Result<Secret, AuthError> {
        let failed = |error: &dyn std::fmt::Display| {
            AuthError::Failed(format!("a password could not be hashed: {error}"))
        };
        let mut salt = [0; 16];
        aws_lc_rs::rand::fill(&mut salt).map_err(|error| failed(&error))?;
        let salt = SaltString::encode_b64(&salt).map_err(|error| failed(&error))?;
        let hash = self.argon2.hash_password(password.as_bytes(), &salt);
        Ok(Secret::new(hash.map_err(|error| failed(&error))?.to_string()))
    }

    /// Whether a password fits a hash. Without a hash it takes as long, and does not.
    pub(super) fn fits(&self, password: &Password, hash: Option<&Secret>) -> bool {
        let tried = hash.unwrap_or(&self.nobodys);
        let Ok(parsed) = PasswordHash::new(tried.expose()) else {
            log::error!("a password hash in the database cannot be read");
            return false;
        };
        let fits = self.argon2.verify_password(password.as_bytes(), &parsed).is_ok();
        fits && hash.is_some()
    }

    /// Whether a hash was made with less than is asked of new ones.
    pub(super) fn is_weak(&self, hash: &Secret) -> bool {
        let params = PasswordHash::new(hash.expose()).and_then(|hash| Params::try_from(&hash));
        let ours = self.argon2.params();
        params.is_ok_and(|its| its.m_cost() < ours.m_cost() || its.t_cost() < ours.t_cost())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_fits_its_own_hash_and_nobodys_fits_none() {
        let (hasher, password) =
            (Hasher::new(), Password::parse("a lamp and seven pears").unwrap());
        let other = Password::parse("a lamp and seven pearS").unwrap();
        let hash = hasher.hash(&password).unwrap();
        assert!(hash.expose().starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{}", hash.expose());
        assert_ne!(hash.expose(), hasher.hash(&password).unwrap().expose(), "salts repeat");
        assert!(hasher.fits(&password, Some(&hash)) && !hasher.fits(&other, Some(&hash)));
        assert!(!hasher.fits(&password, None));
        assert!(PasswordHash::new(hasher.nobodys.expose()).is_ok(), "it is tried like any other");
        assert!(!hasher.fits(&password, Some(&Secret::new("no hash".to_owned()))));
        assert!(!hasher.is_weak(&hash));
        let old = Argon2::new(
            Algorithm::Argon2id,
            Version::V0x13,
            Params::new(8 * 1024, 1, 1, None).unwrap(),
        );
        let salt = SaltString::encode_b64(&[7; 16]).unwrap();
        let old = old.hash_password(password.as_bytes(), &salt).unwrap().to_string();
        let old = Secret::new(old);
        assert!(hasher.fits(&password, Some(&old)) && hasher.is_weak(&old));
    }
}
