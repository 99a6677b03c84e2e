//! Refresh tokens: one is good once, and what came of one sign-in is a family.

use chrono::{DateTime, Utc};

use super::id::AccountId;
use super::standing::{AccountStanding, TokenEpoch};
use crate::limits::{REFRESH_GRACE, REFRESH_IDLE};

/// The id of a family: 16 random bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FamilyId([u8; 16]);

impl FamilyId {
    /// The id of these bytes.
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// The bytes.
    pub const fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }
}

/// All refresh tokens of one sign-in. They are numbered; only the last is good.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefreshFamily {
    /// Its id.
    pub id: FamilyId,
    /// The account that signed in.
    pub account: AccountId,
    /// The account's epoch then.
    pub epoch: TokenEpoch,
    /// The number of the last token.
    pub serial: u32,
    /// When the last token was made.
    pub rotated_at: DateTime<Utc>,
    /// When the user signed in: `auth_time` of the access tokens.
    pub signed_in_at: DateTime<Utc>,
    /// When it ends, used or not.
    pub expires_at: DateTime<Utc>,
}

/// What a refresh token gets that this server made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RefreshVerdict {
    /// It is the last one: the next is made.
    Next,
    /// It is the one before, and was used a moment ago: its answer is given again.
    Again,
    /// It was used before: somebody else has it, so the family ends.
    Reused,
    /// The family has ended, or the account is not what it was.
    Ended,
}

impl RefreshFamily {
    /// Judges the token with this number at `now`.
    pub fn judge(
        &self,
        presented: u32,
        standing: &AccountStanding,
        now: DateTime<Utc>,
    ) -> RefreshVerdict {
        let is_over = self.expires_at <= now || self.rotated_at + REFRESH_IDLE <= now;
        if is_over || standing.demand(self.epoch).is_err() || presented > self.serial {
            return RefreshVerdict::Ended;
        }
        if presented == self.serial {
            return RefreshVerdict::Next;
        }
        if presented + 1 == self.serial && now < self.rotated_at + REFRESH_GRACE {
            return RefreshVerdict::Again;
        }
        RefreshVerdict::Reused
    }
}
