//! The secrets of access keys.

use std::fmt;

use super::personal::PersonalKeyHash;
use super::stored::AccessKeyKind;
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

/// The secret of a key that is made. The answer to its maker is the only one that holds it.
#[derive(Debug)]
pub enum NewKeySecret {
    /// Of an access key.
    S3(SecretAccessKey),
    /// A whole personal API key.
    Token(Secret),
}

impl NewKeySecret {
    /// The kind of key that has it.
    pub const fn kind(&self) -> AccessKeyKind {
        match self {
            Self::S3(_) => AccessKeyKind::S3,
            Self::Token(_) => AccessKeyKind::Token,
        }
    }

    /// The text, for the one answer that holds it.
    pub fn expose(&self) -> &str {
        match self {
            Self::S3(secret) => secret.expose(),
            Self::Token(key) => key.expose(),
        }
    }

    /// The secret of a key of this kind.
    ///
    /// # Errors
    /// Anything else than 40 letters and digits, of an access key.
    pub fn of(kind: AccessKeyKind, secret: Secret) -> Result<Self, InvalidName> {
        match kind {
            AccessKeyKind::S3 => SecretAccessKey::parse(secret).map(Self::S3),
            AccessKeyKind::Token => Ok(Self::Token(secret)),
        }
    }

    /// The hash by which a personal API key is known again; `None` for the secret of an access key, which must be
    /// known itself.
    pub fn hash(&self) -> Option<PersonalKeyHash> {
        match self {
            Self::S3(_) => None,
            Self::Token(key) => Some(PersonalKeyHash::of(key.expose())),
        }
    }
}
