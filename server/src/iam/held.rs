//! Grants out of what is held where and when.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use sail_cargo_protocol::{GrantLine, Permissions};

use super::policy::shown;
use super::times::Window;

/// Bucket, prefix and when.
pub(super) type HeldScope = (String, String, Window);

/// Whether whoever has something at the first place has it at the second.
pub(super) fn covers((bucket, prefix, window): &HeldScope, place: &HeldScope) -> bool {
    *bucket == place.0 && place.1.starts_with(prefix.as_str()) && window.covers(place.2)
}

/// Where and when it is that two places are both.
pub(super) fn meet(
    (bucket, prefix, window): &HeldScope,
    (other, below, when): &HeldScope,
) -> Option<HeldScope> {
    let (longer, shorter) =
        if prefix.starts_with(below.as_str()) { (prefix, below) } else { (below, prefix) };
    let is_one = bucket == other && longer.starts_with(shorter.as_str());
    window.and(*when).filter(|_| is_one).map(|window| (bucket.clone(), longer.clone(), window))
}

/// One grant for each prefix that gives more than those that cover it; and, in sentences, what is
/// held there at other times: a subject has one grant on a prefix.
pub(super) fn lines(held: &BTreeMap<HeldScope, Permissions>) -> (Vec<GrantLine>, Vec<String>) {
    let kept = longest(held);
    let covered = |place: &HeldScope, itself: bool| -> Permissions {
        let covering =
            kept.iter().filter(|(other, _)| (itself || **other != place) && covers(other, place));
        covering.flat_map(|(_, permissions)| permissions.iter().copied()).collect()
    };
    let more =
        kept.iter().filter(|(place, permissions)| !permissions.is_subset(&covered(place, false)));
    let lines = more.map(|(place, permissions)| line(place, permissions)).collect();
    let lost =
        held.iter().filter(|(place, permissions)| !permissions.is_subset(&covered(place, true)));
    (lines, lost.map(|(place, permissions)| other_time(place, permissions)).collect())
}

/// Of each prefix what is held for longest: what ends last, then what begins first.
fn longest(held: &BTreeMap<HeldScope, Permissions>) -> BTreeMap<&HeldScope, &Permissions> {
    let mut longest: BTreeMap<(&str, &str), (&HeldScope, &Permissions)> = BTreeMap::new();
    for (place, permissions) in held.iter().filter(|(_, permissions)| !permissions.is_empty()) {
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

fn line((bucket, prefix, window): &HeldScope, permissions: &Permissions) -> GrantLine {
    GrantLine {
        bucket: bucket.clone(),
        prefix: prefix.clone(),
        permissions: permissions.clone(),
        not_before: window.not_before,
        expires_at: window.expires_at,
        ..GrantLine::default()
    }
}

fn other_time((bucket, prefix, window): &HeldScope, permissions: &Permissions) -> String {
    let place = shown(&format!("{bucket}/{prefix}*"));
    let words: Vec<_> =
        permissions.iter().map(|one| crate::domain::permissions::word(*one)).collect();
    let from = window.not_before.map(|at| format!(" from {}", at.to_rfc3339()));
    let until = window.expires_at.map(|at| format!(" until {}", at.to_rfc3339()));
    let when = [from, until].into_iter().flatten().collect::<String>();
    let words = words.join(", ");
    format!("{place}: no {words}{when}: a grant on it has one time only, and another is longer")
}
