//! What is asked of whoever presents an API key.

use chrono::{DateTime, Utc};
use subtle::ConstantTimeEq as _;

use super::bad_key::{BadKey, KeyFlaw};
use super::caller::KeyHolder;
use super::names::KeyId;
use super::presented_key::PresentedKey;

/// What an API key is checked by.
pub struct KeyLock {
    holder: KeyHolder,
    /// Of the secret.
    hash: Vec<u8>,
    from: Option<DateTime<Utc>>,
    revoked: bool,
}

impl KeyLock {
    /// The lock of a key that lets `holder` in, has a secret of this `hash`, and is good `from` an
    /// instant on, unless it is `revoked`.
    pub fn new(
        holder: KeyHolder,
        hash: Vec<u8>,
        from: Option<DateTime<Utc>>,
        revoked: bool,
    ) -> Self {
        Self { holder, hash, from, revoked }
    }

    /// The key's id.
    pub fn id(&self) -> &KeyId {
        &self.holder.id
    }

    /// The holder of the key, unless it is revoked.
    pub fn held(self) -> Option<KeyHolder> {
        (!self.revoked).then_some(self.holder)
    }

    /// The holder of the key that is presented, if it is this one and good at `now`. The secrets are
    /// compared in a time that says nothing about them.
    ///
    /// # Errors
    /// [`BadKey`] says what is wrong with it.
    pub fn open(&self, presented: &PresentedKey, now: DateTime<Utc>) -> Result<KeyHolder, BadKey> {
        let matches = bool::from(self.hash.ct_eq(presented.hash()));
        if self.holder.id != *presented.id() {
            return Err(BadKey::unknown(presented.id().clone()));
        }
        match self.flaw(matches, now) {
            None => Ok(self.holder.clone()),
            Some(flaw) => Err(BadKey::of(&self.holder, flaw)),
        }
    }

    /// What there is to say of a key that has no lock, in the time that opening one takes.
    pub fn refuse_unknown(presented: &PresentedKey) -> BadKey {
        let nobodys = [0; 32];
        let _ = bool::from(nobodys.ct_eq(presented.hash()));
        BadKey::unknown(presented.id().clone())
    }

    fn flaw(&self, matches: bool, now: DateTime<Utc>) -> Option<KeyFlaw> {
        if !matches {
            Some(KeyFlaw::WrongSecret)
        } else if self.revoked {
            Some(KeyFlaw::Revoked)
        } else if self.from.is_some_and(|from| now < from) {
            Some(KeyFlaw::NotYet)
        } else if self.holder.expires_at.is_some_and(|until| until <= now) {
            Some(KeyFlaw::Expired)
        } else {
            None
        }
    }
}

/// Shows the holder, never the hash.
impl std::fmt::Debug for KeyLock {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("KeyLock").field("holder", &self.holder).finish_non_exhaustive()
    }
}
