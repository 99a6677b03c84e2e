//! Signing keys: published, signing, retiring, gone.

use chrono::{DateTime, TimeDelta, Utc};

use super::at;
use crate::account::*;

const DAY: i64 = 24 * 60 * 60;

/// Applies steps, as the table does.
fn apply(keys: &mut Vec<KeyDates>, steps: Vec<KeyStep>, now: DateTime<Utc>, made: &mut u32) {
    for step in steps {
        match step {
            KeyStep::Make { status, signs_from } => {
                *made += 1;
                let kid = format!("k{made}");
                keys.push(KeyDates { kid, status, created_at: now, signs_from, retired_at: None });
            }
            KeyStep::Promote { kid } => {
                let key = keys.iter_mut().find(|key| key.kid == kid).unwrap();
                (key.status, key.signs_from) = (SigningKeyStatus::Current, now);
            }
            KeyStep::Retire { kid, retired_at } => {
                let key = keys.iter_mut().find(|key| key.kid == kid).unwrap();
                (key.status, key.retired_at) = (SigningKeyStatus::Retiring, Some(retired_at));
            }
            KeyStep::Remove { kid } => keys.retain(|key| key.kid != kid),
        }
    }
}

fn words(keys: &[KeyDates]) -> Vec<(&str, SigningKeyStatus)> {
    keys.iter().map(|key| (key.kid.as_str(), key.status)).collect()
}

#[test]
fn a_key_is_published_before_it_signs_and_until_its_last_token_ended() {
    use SigningKeyStatus::{Current, Next, Retiring};
    let (mut keys, mut made) = (Vec::new(), 0);
    let mut go = |now: i64, at_once| {
        let steps = plan(&keys, at(now), at_once);
        apply(&mut keys, steps, at(now), &mut made);
        words(&keys).iter().map(|(kid, status)| (kid.to_string(), *status)).collect::<Vec<_>>()
    };
    let are = |these: &[(&str, SigningKeyStatus)]| {
        these.iter().map(|(kid, status)| ((*kid).to_owned(), *status)).collect::<Vec<_>>()
    };
    assert_eq!(go(0, false), are(&[("k1", Current), ("k2", Next)]));
    assert_eq!(go(1, false), are(&[("k1", Current), ("k2", Next)]), "nothing is due");
    assert_eq!(go(90 * DAY - 1, false), are(&[("k1", Current), ("k2", Next)]));
    let changed = are(&[("k1", Retiring), ("k2", Current), ("k3", Next)]);
    assert_eq!(go(90 * DAY, false), changed);
    assert_eq!(go(90 * DAY + 1799, false), changed, "its last token has not ended");
    assert_eq!(go(90 * DAY + 1800, false), are(&[("k2", Current), ("k3", Next)]));
    let at_once = are(&[("k2", Retiring), ("k3", Current), ("k4", Next)]);
    assert_eq!(go(91 * DAY, true), at_once, "by command");
    let again = are(&[("k2", Retiring), ("k3", Retiring), ("k4", Current), ("k5", Next)]);
    assert_eq!(go(91 * DAY + 1, true), again, "and again, though the next was just published");
}

#[test]
fn no_key_signs_that_was_not_published_ten_minutes_before() {
    let (mut keys, mut made) = (Vec::new(), 0);
    apply(&mut keys, plan(&[], at(0), false), at(0), &mut made);
    // The next key was lost, and is made anew when the current one is too old already.
    keys.retain(|key| key.status == SigningKeyStatus::Current);
    let late = 100 * DAY;
    let steps = plan(&keys, at(late), false);
    apply(&mut keys, steps, at(late), &mut made);
    let next = keys.iter().find(|key| key.status == SigningKeyStatus::Next).unwrap();
    assert_eq!(next.signs_from, at(late) + TimeDelta::minutes(10));
    assert!(plan(&keys, at(late + 599), false).is_empty());
    assert!(!plan(&keys, at(late + 600), false).is_empty());
}

#[test]
fn a_withdrawal_leaves_nothing_of_the_old_keys() {
    let (mut keys, mut made) = (Vec::new(), 0);
    apply(&mut keys, plan(&[], at(0), false), at(0), &mut made);
    let steps = withdrawal(&keys, at(5));
    apply(&mut keys, steps, at(5), &mut made);
    assert_eq!(words(&keys), [("k3", SigningKeyStatus::Current), ("k4", SigningKeyStatus::Next)]);
}
