//! The key that signs now, and the change of keys.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use arc_swap::ArcSwapOption;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeyPair as RsaKeyPair;
use aws_lc_rs::signature::RSA_PKCS1_SHA256;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sail_cargo_database::DatabaseError;

use super::Accounts;
use super::error::AuthError;
use super::key_pair::{make_key_pair, read_private};
use crate::domain::account::{KeyDates, KeyStep, SigningKeyStatus, plan, withdrawal};
use crate::service::{KeyPair, PublicKey, ServiceError};

/// The key that signs, as far as this server knows.
#[derive(Debug, Default)]
pub(super) struct Signer {
    current: ArcSwapOption<SigningKey>,
    /// Held while keys are made, so that they are made once.
    changing: tokio::sync::Mutex<()>,
    /// Whether somebody asked for a key.
    is_wanted: AtomicBool,
}

/// Whether the first keys of all are made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum First {
    /// They are.
    Make,
    /// They are not: nobody has asked for them yet.
    Wait,
}

impl Signer {
    /// Whether whoever looks after the keys makes the first ones. A request that asks for them makes them itself, but
    /// is given up where that takes long.
    pub(super) fn first(&self) -> First {
        if self.is_wanted.load(Ordering::Relaxed) { First::Make } else { First::Wait }
    }
}

/// A key that signs access tokens.
pub(super) struct SigningKey {
    kid: String,
    pair: RsaKeyPair,
}

impl SigningKey {
    /// Its id.
    pub(super) fn kid(&self) -> &str {
        &self.kid
    }

    /// The signature of `message` by RS256 (RFC 7518 §3.3).
    pub(super) fn sign(&self, message: &[u8]) -> Result<Vec<u8>, AuthError> {
        let mut signature = vec![0; self.pair.public_modulus_len()];
        let random = SystemRandom::new();
        let signed = self.pair.sign(&RSA_PKCS1_SHA256, &random, message, &mut signature);
        signed.map_err(|_| AuthError::Failed("a token could not be signed".to_owned()))?;
        Ok(signature)
    }
}

/// Shows the id, never the key.
impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SigningKey").field("kid", &self.kid).finish_non_exhaustive()
    }
}

impl Accounts {
    /// The key that signs now. The first time, keys are made.
    pub(super) async fn signing_key(&self) -> Result<Arc<SigningKey>, AuthError> {
        if let Some(key) = self.signer.current.load_full() {
            return Ok(key);
        }
        self.signer.is_wanted.store(true, Ordering::Relaxed);
        self.look_at_keys(First::Make).await?;
        let none = || AuthError::Failed("there is no signing key".to_owned());
        self.signer.current.load_full().ok_or_else(none)
    }

    /// Whether this server has a key that signs.
    pub(super) fn has_key(&self) -> bool {
        self.signer.current.load().is_some()
    }

    /// Does with the keys what is due, and takes the one that signs now.
    pub(super) async fn look_at_keys(&self, first: First) -> Result<(), AuthError> {
        let _one_at_a_time = self.signer.changing.lock().await;
        let (now, dates) = (self.clock.now(), self.dates().await?);
        if dates.is_empty() && first == First::Wait {
            return Ok(());
        }
        let steps = plan(&dates, now, false);
        if !steps.is_empty() {
            let pairs = self.make(&steps).await?;
            if self.service.renew_signing_keys(pairs, false, now).await? {
                log::info!("the keys that access tokens are signed with were changed");
                self.verifying.refresh().await;
            }
        }
        self.take_current().await
    }

    /// Lets the next key sign from now on; with `withdraw`, puts new keys in the place of all and refuses what
    /// the old ones signed. Returns the keys after that.
    ///
    /// # Errors
    /// [`AuthError`] if the database does not answer, or keys cannot be made.
    pub async fn rotate_keys(&self, withdraw: bool) -> Result<Vec<PublicKey>, AuthError> {
        let _one_at_a_time = self.signer.changing.lock().await;
        let now = self.clock.now();
        let dates = self.dates().await?;
        let steps = if withdraw { withdrawal(&dates, now) } else { plan(&dates, now, true) };
        let pairs = self.make(&steps).await?;
        let changed = if withdraw {
            self.service.withdraw_signing_keys(pairs, now).await?
        } else {
            self.service.renew_signing_keys(pairs, true, now).await?
        };
        if !changed {
            let why = "another server changed the signing keys at the same moment";
            return Err(AuthError::Failed(why.to_owned()));
        }
        self.take_current().await?;
        self.verifying.refresh().await;
        self.published().await
    }

    /// The public halves of the keys, newest first. Whoever asks first has them made.
    ///
    /// # Errors
    /// [`AuthError`] if the database does not answer, or keys cannot be made.
    pub async fn keys(&self) -> Result<Vec<PublicKey>, AuthError> {
        self.signing_key().await?;
        self.published().await
    }

    async fn published(&self) -> Result<Vec<PublicKey>, AuthError> {
        Ok(self.service.signing_keys().await?)
    }

    async fn take_current(&self) -> Result<(), AuthError> {
        let keys = self.published().await?;
        let current = keys.iter().find(|key| key.dates.status == SigningKeyStatus::Current);
        let Some(kid) = current.map(|key| key.dates.kid.clone()) else {
            self.signer.current.store(None);
            return Ok(());
        };
        if self.signer.current.load().as_ref().is_some_and(|known| known.kid == kid) {
            return Ok(());
        }
        let private = self.service.private_signing_key(kid.clone()).await?;
        let wrong = |why: &dyn fmt::Display| {
            AuthError::Service(ServiceError::Database(DatabaseError::corrupt(why)))
        };
        let private = private.ok_or_else(|| wrong(&"the signing key is gone"))?;
        let pair = read_private(&private).map_err(|error| wrong(&error))?;
        self.signer.current.store(Some(Arc::new(SigningKey { kid, pair })));
        Ok(())
    }

    async fn dates(&self) -> Result<Vec<KeyDates>, AuthError> {
        Ok(self.published().await?.into_iter().map(|key| key.dates).collect())
    }

    /// Makes the keys that `steps` need. Another server may need none at the same moment, or others.
    async fn make(&self, steps: &[KeyStep]) -> Result<Vec<KeyPair>, AuthError> {
        let mut pairs = Vec::new();
        for _ in steps.iter().filter(|step| matches!(step, KeyStep::Make { .. })) {
            let made = self.gate.aside(make_key_pair).await?;
            pairs.push(made.map_err(|error| AuthError::Failed(error.to_string()))?);
        }
        Ok(pairs)
    }
}

/// A public key in PEM (RFC 7468 §13).
pub(crate) fn to_pem(key: &PublicKey) -> String {
    let text = STANDARD.encode(&key.spki);
    let lines: Vec<String> =
        text.as_bytes().chunks(64).map(|line| String::from_utf8_lossy(line).into_owned()).collect();
    format!("-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n", lines.join("\n"))
}
