//! Builds grants from permissions by scope and period.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use super::policy::shown;
use super::times::Window;
use crate::{BucketName, GrantKey, GrantPrefix, GrantState, Permissions, Subject, permissions};

/// A bucket, a prefix and a period.
pub(super) type HeldScope = (BucketName, GrantPrefix, Window);

/// Whether a permission in the first scope includes the same permission in `place`.
pub(super) fn covers((bucket, prefix, window): &HeldScope, place: &HeldScope) -> bool {
    *bucket == place.0 && prefix.contains(&place.1) && window.covers(place.2)
}

/// The intersection of two scopes; `None` if it is empty.
pub(super) fn meet(
    (bucket, prefix, window): &HeldScope,
    (other, below, when): &HeldScope,
) -> Option<HeldScope> {
    let (longer, shorter) = if below.contains(prefix) { (prefix, below) } else { (below, prefix) };
    let is_one = bucket == other && shorter.contains(longer);
    window.and(*when).filter(|_| is_one).map(|window| (bucket.clone(), longer.clone(), window))
}

/// One grant of `subject` for each prefix that has more permissions than the prefixes that cover
/// it, and sentences about permissions at other times: a subject has only one grant per prefix.
pub(super) fn grants(
    held: &BTreeMap<HeldScope, Permissions>,
    subject: &Subject,
) -> (Vec<(GrantKey, GrantState)>, Vec<String>) {
    let kept = longest(held);
    let beyond = |place: &HeldScope, permissions: Permissions, itself: bool| {
        let covering =
            kept.iter().filter(|(other, _)| (itself || **other != place) && covers(other, place));
        let covered = covering.fold(Permissions::NONE, |all, (_, some)| all.union(*some));
        !permissions.without(covered).is_empty()
    };
    let more = kept.iter().filter(|(place, held)| beyond(place, **held, false));
    let grants = more.map(|(place, held)| grant(place, *held, subject)).collect();
    let lost = held.iter().filter(|(place, held)| beyond(place, **held, true));
    (grants, lost.map(|(place, held)| other_time(place, *held)).collect())
}

/// The longest period of each prefix. Periods compare by their end, then by their start.
fn longest(held: &BTreeMap<HeldScope, Permissions>) -> BTreeMap<&HeldScope, Permissions> {
    let mut longest: BTreeMap<(&BucketName, &GrantPrefix), (&HeldScope, Permissions)> =
        BTreeMap::new();
    for (place, &permissions) in held.iter().filter(|(_, permissions)| !permissions.is_empty()) {
        let entry = longest.entry((&place.0, &place.1)).or_insert((place, permissions));
        if length(&place.2) > length(&entry.0.2) {
            *entry = (place, permissions);
        }
    }
    longest.into_values().collect()
}

fn length(window: &Window) -> impl Ord + use<> {
    (window.expires_at.is_none(), window.expires_at, Reverse(window.not_before))
}

fn grant(
    (bucket, prefix, window): &HeldScope,
    permissions: Permissions,
    subject: &Subject,
) -> (GrantKey, GrantState) {
    let (bucket, prefix, subject) = (bucket.clone(), prefix.clone(), subject.clone());
    let state = GrantState::during(permissions, window.not_before, window.expires_at);
    (GrantKey { bucket, prefix, subject }, state)
}

fn other_time((bucket, prefix, window): &HeldScope, permissions: Permissions) -> String {
    let place = shown(&format!("{bucket}/{prefix}*"));
    let words: Vec<_> = permissions.iter().map(permissions::word).collect();
    let from = window.not_before.map(|at| format!(" from {}", at.to_rfc3339()));
    let until = window.expires_at.map(|at| format!(" until {}", at.to_rfc3339()));
    let when = [from, until].into_iter().flatten().collect::<String>();
    let words = words.join(", ");
    format!("{place}: no {words}{when}: a grant on it has one time only, and another is longer")
}
