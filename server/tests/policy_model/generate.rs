//! Random states and questions, with many values that are easily confused.

pub(crate) use crate::dice::Dice;
use crate::reference::{Bits, Grant, Limits, Member, Requester, State};

pub(crate) const BUCKETS: [&str; 6] = ["aaa", "aab", "a-a", "a.a", "raw", "raw-2"];
/// Similar names: case, accents, Cyrillic а, a group's name, delimiters.
pub(crate) const USERS: [&str; 8] =
    ["ada", "Ada", "\u{430}da", "ad\u{e4}", "\u{e4}da", "crew", "ada:x", "*"];
pub(crate) const GROUPS: [&str; 4] = ["crew", "Crew", "ada", "*"];
pub(crate) const PREFIXES: [&str; 6] = ["", "a/", "a/b/", "ab/", "A/", "a/ /"];
/// Names of accounts: one is the id of another user, and of a group.
const USERNAMES: [&str; 4] = ["ada", "crew", "b", "ada.x"];
/// Templates, of which two are literal prefixes as well.
const TEMPLATES: [(char, &str); 7] = [
    ('t', "${user}/"),
    ('l', "${user}/"),
    ('t', "a/${user}/"),
    ('t', "a/${user}/b/"),
    ('t', "${username}/"),
    ('l', "${username}/"),
    ('t', "a/${username}/"),
];
pub(crate) const SCOPES: [&str; 21] = [
    "",
    "a",
    "a/",
    "a/b",
    "a/b/",
    "a/b/c",
    "ab/",
    "ab",
    "A/x",
    "a//",
    "a//x",
    "b/a/",
    "ada/",
    "ada",
    "ada/x",
    "a/ada/b/x",
    "a/crew/x",
    "${user}/x",
    "${username}/x",
    "a/b/ada/",
    "crew/x",
];
/// The instant around which grants and memberships begin and end.
pub(crate) const NOW: i64 = 1_800_000_000_000_000;

impl Dice {
    pub(crate) fn bits(&mut self) -> Bits {
        Bits::try_from(self.roll(31) + 1).unwrap()
    }

    fn instant(&mut self) -> Option<i64> {
        (!self.chance(2)).then(|| NOW + i64::try_from(self.roll(5)).unwrap() - 2)
    }

    pub(crate) fn state(&mut self) -> State {
        let mut state = State {
            active: !self.chance(20),
            default: if self.chance(5) { self.bits() & 0b1_0111 } else { 0 },
            ..State::default()
        };
        for bucket in BUCKETS {
            if !self.chance(6) {
                let public = if self.chance(5) { self.bits() & 0b1_0111 } else { 0 };
                let ceiling = if self.chance(4) { self.bits() } else { 15 };
                state.buckets.push((bucket.to_owned(), public, ceiling));
            }
        }
        for _ in 0..self.roll(24) {
            if let Some(grant) = self.grant(&state) {
                let same = |other: &Grant| {
                    (&other.bucket, &other.prefix, other.read, other.kind, &other.subject)
                        == (&grant.bucket, &grant.prefix, grant.read, grant.kind, &grant.subject)
                };
                if !state.grants.iter().any(same) {
                    state.grants.push(grant);
                }
            }
        }
        for _ in 0..self.roll(6) {
            let (group, user) = (*self.one(&GROUPS), *self.one(&USERS));
            if !state.members.iter().any(|one| one.group == group && one.user == user) {
                let (group, user) = (group.to_owned(), user.to_owned());
                state.members.push(Member { group, user, until: self.instant() });
            }
        }
        state
    }

    /// The state with some accounts, each with a name of its own.
    pub(crate) fn with_accounts(&mut self, mut state: State) -> State {
        let mut names = USERNAMES.to_vec();
        for user in USERS {
            if !names.is_empty() && self.chance(3) {
                let name = names.remove(self.roll(names.len()));
                state.accounts.push((user.to_owned(), name.to_owned()));
            }
        }
        state
    }

    fn grant(&mut self, state: &State) -> Option<Grant> {
        if state.buckets.is_empty() {
            return None;
        }
        let (kind, subject) = match self.roll(9) {
            0 | 1 => ('g', *self.one(&GROUPS)),
            2 | 3 => ('t', *self.one(&GROUPS)),
            4 => ('k', "*"),
            5 => ('*', "*"),
            _ => ('u', *self.one(&USERS)),
        };
        let bits = self.bits();
        let bits =
            if matches!(kind, 'k' | '*') && bits & 0b1_0111 != 0 { bits & 0b1_0111 } else { bits };
        if matches!(kind, 'k' | '*') && bits == 8 {
            return None;
        }
        let (from, until) = (self.instant(), self.instant());
        if from.zip(until).is_some_and(|(from, until)| from >= until) {
            return None;
        }
        let bucket = self.one(&state.buckets).0.clone();
        let (read, prefix) =
            if self.chance(3) { *self.one(&TEMPLATES) } else { ('l', *self.one(&PREFIXES)) };
        Some(Grant {
            bucket,
            prefix: prefix.to_owned(),
            read,
            kind,
            subject: subject.to_owned(),
            bits,
            from,
            until,
        })
    }

    /// The limits of an access key.
    pub(crate) fn limits(&mut self) -> Limits {
        let mut some = |names: &[&str]| {
            let many = 1 + self.roll(3);
            let mut named: Vec<_> = (0..many).map(|_| (*self.one(names)).to_owned()).collect();
            named.sort();
            named.dedup();
            (!self.chance(3)).then_some(named)
        };
        let (buckets, prefixes) = (some(&BUCKETS), some(&PREFIXES));
        let bits = (!self.chance(3)).then(|| self.bits());
        Limits { buckets, prefixes, bits }
    }

    pub(crate) fn requester(&mut self) -> Requester {
        Requester { user: (*self.one(&USERS)).to_owned(), groups: self.groups() }
    }

    /// The groups named by a token.
    pub(crate) fn groups(&mut self) -> Vec<String> {
        (0..self.roll(3)).map(|_| (*self.one(&GROUPS)).to_owned()).collect()
    }
}
