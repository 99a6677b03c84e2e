//! Verifies API keys that clients present.

use chrono::{DateTime, Utc};
use subtle::ConstantTimeEq as _;

use super::bad_key::{BadKey, KeyFlaw};
use super::caller::KeyHolder;
use super::names::KeyId;
use super::presented_key::PresentedKey;

/// The data against which a presented API key is verified.
pub struct KeyLock {
    holder: KeyHolder,
    /// The stored hash of the key, as [`hash`](super::presented_key::hash) makes it.
    hash: Vec<u8>,
    from: Option<DateTime<Utc>>,
    revoked: bool,
}

impl KeyLock {
    /// The lock of the key of `holder`: the `hash` of its secret, its start `from`, and whether it
    /// is `revoked`.
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

    /// The holder of the key, unless the key is revoked.
    pub fn held(self) -> Option<KeyHolder> {
        (!self.revoked).then_some(self.holder)
    }

    /// The holder of the key, if it is valid at `now`, whoever presents it.
    pub fn live(&self, now: DateTime<Utc>) -> Option<&KeyHolder> {
        self.flaw(true, now).is_none().then_some(&self.holder)
    }

    /// The holder of the key, if `presented` is this key and is valid at `now`. Compares the
    /// secrets in constant time.
    ///
    /// # Errors
    /// [`BadKey`], with the flaw.
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

    /// The refusal of a key whose id is unknown. Takes as long as [`KeyLock::open`].
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

/// Prints the holder, never the hash.
impl std::fmt::Debug for KeyLock {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("KeyLock").field("holder", &self.holder).finish_non_exhaustive()
    }
}
