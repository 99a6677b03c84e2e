//! The keys that access tokens are signed with: made, changed, withdrawn.

use chrono::{DateTime, Utc};
use sail_cargo_database::tables::accounts::signing_keys::{self, PublicKey};
use sail_cargo_database::transaction::exclusive;
use sail_cargo_database::{DbConnection, MasterKey};

use crate::domain::Secret;
use crate::domain::account::{KeyDates, KeyStep, plan, withdrawal};
use crate::service::error::ServiceError;
use crate::service::handle::Service;

/// A new key pair.
#[derive(Debug, Clone)]
pub struct KeyPair {
    /// The thumbprint of the public key (RFC 7638).
    pub kid: String,
    /// The modulus in base64url.
    pub modulus: String,
    /// The exponent in base64url.
    pub exponent: String,
    /// The public key: SubjectPublicKeyInfo in DER.
    pub spki: Vec<u8>,
    /// The private key: PKCS#8 in base64.
    pub private: Secret,
}

impl Service {
    /// The public halves of the keys, newest first.
    ///
    /// # Errors
    /// [`ServiceError::Database`] if the database does not answer.
    pub async fn signing_keys(&self) -> Result<Vec<PublicKey>, ServiceError> {
        self.database.run_aside(|connection| Ok(signing_keys::list(connection)?)).await
    }

    /// The private half of a key: PKCS#8 in base64.
    ///
    /// # Errors
    /// [`ServiceError::Database`] if the master key does not open it, or the database does not answer.
    pub async fn private_signing_key(&self, kid: String) -> Result<Option<Secret>, ServiceError> {
        let master_key = self.database.master_key().clone();
        let found = self.database.run_aside(move |connection| {
            Ok::<_, ServiceError>(signing_keys::private(connection, &master_key, &kid)?)
        });
        found.await
    }

    /// Does with the keys what is due at `now`; with `at_once`, lets the next one sign from now on. Uses `pairs`
    /// for new keys, and returns whether they were enough: only then anything was done.
    ///
    /// # Errors
    /// [`ServiceError::Database`] if the database does not answer.
    pub async fn renew_signing_keys(
        &self,
        pairs: Vec<KeyPair>,
        at_once: bool,
        now: DateTime<Utc>,
    ) -> Result<bool, ServiceError> {
        self.change_signing_keys(pairs, now, move |keys| plan(keys, now, at_once)).await
    }

    /// Puts new keys in the place of all, and refuses what the old ones signed. Uses `pairs`, and returns whether
    /// they were enough: only then anything was done.
    ///
    /// # Errors
    /// [`ServiceError::Database`] if the database does not answer.
    pub async fn withdraw_signing_keys(
        &self,
        pairs: Vec<KeyPair>,
        now: DateTime<Utc>,
    ) -> Result<bool, ServiceError> {
        self.change_signing_keys(pairs, now, move |keys| withdrawal(keys, now)).await
    }

    async fn change_signing_keys(
        &self,
        pairs: Vec<KeyPair>,
        now: DateTime<Utc>,
        plan: impl FnOnce(&[KeyDates]) -> Vec<KeyStep> + Send + 'static,
    ) -> Result<bool, ServiceError> {
        let master_key = self.database.master_key().clone();
        let changed = self.database.run_aside(move |connection| {
            exclusive(connection, |connection| {
                let keys = signing_keys::list(connection)?;
                let dates: Vec<KeyDates> = keys.into_iter().map(|key| key.dates).collect();
                let steps = plan(&dates);
                let made = steps.iter().filter(|step| matches!(step, KeyStep::Make { .. }));
                if made.count() > pairs.len() {
                    return Ok(false);
                }
                let mut pairs = pairs.into_iter();
                for step in steps {
                    take(connection, &master_key, step, &mut pairs, now)?;
                }
                Ok::<_, ServiceError>(true)
            })
        });
        changed.await
    }
}

fn take(
    connection: &mut DbConnection,
    master_key: &MasterKey,
    step: KeyStep,
    pairs: &mut impl Iterator<Item = KeyPair>,
    now: DateTime<Utc>,
) -> Result<(), ServiceError> {
    match step {
        KeyStep::Remove { kid } => signing_keys::remove(connection, &kid)?,
        KeyStep::Promote { kid } => signing_keys::promote(connection, &kid, now)?,
        KeyStep::Retire { kid, retired_at } => {
            signing_keys::retire(connection, &kid, retired_at)?;
        }
        KeyStep::Make { status, signs_from } => {
            let Some(pair) = pairs.next() else { return Ok(()) };
            let KeyPair { kid, modulus, exponent, spki, private } = pair;
            let dates = KeyDates { kid, status, created_at: now, signs_from, retired_at: None };
            let key = PublicKey { dates, modulus, exponent, spki };
            signing_keys::insert(connection, master_key, &key, &private)?;
        }
    }
    Ok(())
}
