//! When the keys change that access tokens are signed with.
//!
//! A key is published before it signs, so that whoever verifies has it, and after it signed, until its last
//! token has ended. There is always a next one, so that a rotation at once has a published key to go on with.

use chrono::{DateTime, Utc};
pub use sail_cargo_protocol::SigningKeyStatus;

use crate::limits::{SIGNING_KEY_LIFE, SIGNING_KEY_NOTICE, SIGNING_KEY_RETIRES};

/// A key and its dates.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyDates {
    /// Its thumbprint (RFC 7638).
    pub kid: String,
    /// What it is good for.
    pub status: SigningKeyStatus,
    /// When it was made, and published.
    pub created_at: DateTime<Utc>,
    /// From when on it signs, or shall sign.
    pub signs_from: DateTime<Utc>,
    /// When its last token has ended, of one that is retiring.
    pub retired_at: Option<DateTime<Utc>>,
}

/// One step of the change of keys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeyStep {
    /// A key is made that signs from this instant on.
    Make {
        /// `Current` where there is none at all; else `Next`.
        status: SigningKeyStatus,
        /// When it signs.
        signs_from: DateTime<Utc>,
    },
    /// The next key signs from now on.
    Promote {
        /// Which.
        kid: String,
    },
    /// The current key signs no more.
    Retire {
        /// Which.
        kid: String,
        /// When its last token has ended.
        retired_at: DateTime<Utc>,
    },
    /// A key is not published any more.
    Remove {
        /// Which.
        kid: String,
    },
}

/// What is to be done with the keys at `now`; with `at_once`, the next key signs from now on even if the
/// current one is young, and even if the next was just made.
pub fn plan(keys: &[KeyDates], now: DateTime<Utc>, at_once: bool) -> Vec<KeyStep> {
    let mut steps: Vec<KeyStep> = keys
        .iter()
        .filter(|key| key.retired_at.is_some_and(|end| end <= now))
        .map(|key| KeyStep::Remove { kid: key.kid.clone() })
        .collect();
    let of = |status| keys.iter().find(|key| key.status == status);
    let (current, next) = (of(SigningKeyStatus::Current), of(SigningKeyStatus::Next));
    let is_old = current.is_none_or(|key| key.signs_from + SIGNING_KEY_LIFE <= now);
    let is_known = |key: &KeyDates| at_once || key.created_at + SIGNING_KEY_NOTICE <= now;
    let Some(next) = next else {
        let first = current.is_none() || at_once;
        if first {
            steps.extend(current.map(|key| retire(key, now)));
            steps.push(KeyStep::Make { status: SigningKeyStatus::Current, signs_from: now });
        }
        let from = if first { now } else { current.map_or(now, |key| key.signs_from) };
        steps.push(make_next(from, now));
        return steps;
    };
    if (is_old || at_once) && is_known(next) {
        steps.extend(current.map(|key| retire(key, now)));
        steps.push(KeyStep::Promote { kid: next.kid.clone() });
        steps.push(make_next(now, now));
    }
    steps
}

/// What is to be done at `now` when somebody else may have the keys: new ones take their place, and what the
/// old ones signed is refused.
pub fn withdrawal(keys: &[KeyDates], now: DateTime<Utc>) -> Vec<KeyStep> {
    let gone = keys.iter().map(|key| KeyStep::Remove { kid: key.kid.clone() });
    let first = KeyStep::Make { status: SigningKeyStatus::Current, signs_from: now };
    gone.chain([first, make_next(now, now)]).collect()
}

fn retire(key: &KeyDates, now: DateTime<Utc>) -> KeyStep {
    KeyStep::Retire { kid: key.kid.clone(), retired_at: now + SIGNING_KEY_RETIRES }
}

/// The key after one that signs `from`.
fn make_next(from: DateTime<Utc>, now: DateTime<Utc>) -> KeyStep {
    let signs_from = (from + SIGNING_KEY_LIFE).max(now + SIGNING_KEY_NOTICE);
    KeyStep::Make { status: SigningKeyStatus::Next, signs_from }
}
