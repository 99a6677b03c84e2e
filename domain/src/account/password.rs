//! Passwords, as people type them and as they are hashed.

use std::fmt;

use icu_normalizer::ComposingNormalizerBorrowed;
use zeroize::Zeroizing;

use super::password_rules;
use crate::flaw::{Field, Flaw};
use crate::limits::MAX_PASSWORD_BYTES;

/// A password that somebody presents: in Unicode's Normalization Form KC, so that it is the same from every
/// keyboard (NIST SP 800-63B-4 §3.1.1.2). Wiped when dropped, and never printed.
#[derive(Clone)]
pub struct Password(Zeroizing<String>);

impl Password {
    /// Reads a password; `None` if it is longer than any that is accepted. It costs no hash then.
    pub fn parse(text: &str) -> Option<Self> {
        if text.len() > MAX_PASSWORD_BYTES {
            return None;
        }
        let normal = ComposingNormalizerBorrowed::new_nfkc().normalize(text);
        let normal = Zeroizing::new(normal.into_owned());
        (normal.len() <= MAX_PASSWORD_BYTES).then_some(Self(normal))
    }

    /// The bytes to hash.
    pub fn as_bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }
}

/// A password that may be set: it follows the rules for new ones.
#[derive(Clone)]
pub struct NewPassword(Password);

impl NewPassword {
    /// Reads a password for an account with these `names`. There are no rules of composition.
    ///
    /// # Errors
    /// A [`Flaw`] of `field` if it has fewer than 15 or more than 256 characters or more than 1024 bytes,
    /// is made of the account's names, repeats itself, follows the keyboard, or is known.
    pub fn parse(text: &str, names: &[&str], field: Field) -> Result<Self, Flaw> {
        let password = Password::parse(text);
        let password = password.ok_or_else(|| Flaw::new(field.clone(), password_rules::LENGTH))?;
        password_rules::demand_good(&password.0, names).map_err(|rule| Flaw::new(field, rule))?;
        Ok(Self(password))
    }

    /// Reads a password that takes the place of the one `before`, for an account with these `names`.
    ///
    /// # Errors
    /// A [`Flaw`] as of [`NewPassword::parse`], or if it is the one before: somebody else may know that.
    pub fn in_place_of(before: &Password, text: &str, names: &[&str]) -> Result<Self, Flaw> {
        let new = Self::parse(text, names, Field::NewPassword)?;
        if before.as_bytes() == new.0.as_bytes() {
            return Err(Flaw::new(Field::NewPassword, "it is the password of before"));
        }
        Ok(new)
    }

    /// The password.
    pub const fn password(&self) -> &Password {
        &self.0
    }
}

/// Shows nothing.
impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password(…)")
    }
}

/// Shows nothing.
impl fmt::Debug for NewPassword {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("NewPassword(…)")
    }
}
