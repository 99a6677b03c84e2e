//! The secret of an access key.

use std::fmt;

use crate::invalid_name::InvalidName;
use crate::secret::Secret;

/// The secret of an access key: 40 letters and digits, which sign requests and never travel. Wiped
/// when dropped, not printed, not compared.
#[derive(Clone)]
pub struct SecretAccessKey(Secret);

impl SecretAccessKey {
    /// How many characters it has: 238 random bits.
    pub const LENGTH: usize = 40;

    /// Takes a secret in.
    ///
    /// # Errors
    /// Anything else than 40 letters and digits.
    pub fn parse(secret: Secret) -> Result<Self, InvalidName> {
        let text = secret.expose();
        if text.len() == Self::LENGTH && text.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            return Ok(Self(secret));
        }
        Err(InvalidName::new("40 letters and digits"))
    }

    /// The text, for the one call that needs it.
    pub fn expose(&self) -> &str {
        self.0.expose()
    }

    /// The text as a secret, to be sealed.
    pub const fn secret(&self) -> &Secret {
        &self.0
    }
}

impl fmt::Debug for SecretAccessKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretAccessKey(…)")
    }
}
