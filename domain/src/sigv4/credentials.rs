//! The credentials of a store, and the signing key of the day.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use chrono::{DateTime, Utc};

use super::key::SigningKey;
use crate::secret::Secret;

/// The decrypted credentials of a store. Caches the signing key of the latest day, so that the
/// secret is used once a day; clones share the cache.
#[derive(Clone)]
pub struct StoreCredentials {
    access_key_id: String,
    secret_access_key: Secret,
    region: String,
    latest: Arc<Mutex<Option<Arc<SigningKey>>>>,
}

impl StoreCredentials {
    /// Wraps the credentials of an account, and the region for its signatures.
    pub fn new(access_key_id: String, secret_access_key: Secret, region: String) -> Self {
        Self { access_key_id, secret_access_key, region, latest: Arc::default() }
    }

    /// The access key id. Not secret: it is part of every signature.
    pub fn access_key_id(&self) -> &str {
        &self.access_key_id
    }

    /// The region in the signature's scope.
    pub fn region(&self) -> &str {
        &self.region
    }

    /// The signing key for the day of `now`.
    pub(super) fn key(&self, now: DateTime<Utc>) -> Arc<SigningKey> {
        let day = now.date_naive();
        let mut latest = self.latest.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(key) = latest.as_ref().filter(|key| key.day() == day) {
            return Arc::clone(key);
        }
        let key = Arc::new(SigningKey::derive(&self.secret_access_key, day, &self.region, "s3"));
        *latest = Some(Arc::clone(&key));
        key
    }
}

/// Prints access key id and region, never the secret or a signing key.
impl fmt::Debug for StoreCredentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StoreCredentials")
            .field("access_key_id", &self.access_key_id)
            .field("region", &self.region)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn credentials() -> StoreCredentials {
        let secret = Secret::new("wJalrXUtnFEMI".to_owned());
        StoreCredentials::new("AKIDEXAMPLE".to_owned(), secret, "eu-north-1".to_owned())
    }

    fn at(second: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(second, 0).unwrap()
    }

    #[test]
    fn the_key_is_made_once_a_day() {
        let (credentials, noon) = (credentials(), at(1_800_014_400));
        let first = credentials.key(noon);
        assert!(Arc::ptr_eq(&first, &credentials.key(noon)));
        assert!(Arc::ptr_eq(&first, &credentials.clone().key(at(1_800_057_599))));
        let next_day = credentials.clone().key(at(1_800_057_600));
        assert!(!Arc::ptr_eq(&first, &next_day));
        assert!(Arc::ptr_eq(&next_day, &credentials.key(at(1_800_057_600))));
    }

    #[test]
    fn a_poisoned_lock_is_still_used() {
        let credentials = credentials();
        let other = credentials.clone();
        let poisoner = std::thread::spawn(move || {
            let _latest = other.latest.lock().unwrap();
            panic!("with the lock in hand");
        });
        assert!(poisoner.join().is_err());
        assert!(credentials.latest.is_poisoned());
        assert_eq!(credentials.key(at(0)).day(), at(0).date_naive());
    }

    #[test]
    fn only_the_id_and_the_region_are_shown() {
        let credentials = credentials();
        let before = format!("{credentials:?}");
        credentials.key(at(0));
        assert_eq!(before, format!("{credentials:?}"));
        let expected =
            r#"StoreCredentials { access_key_id: "AKIDEXAMPLE", region: "eu-north-1", .. }"#;
        assert_eq!(before, expected);
    }
}
