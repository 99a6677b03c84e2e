//! The buckets that a caller can use, from the cached state.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use sail_cargo_database::tables::buckets::BucketFacts;

use super::buckets::BucketRange;
use super::state::State;
use crate::domain::holdings::{holdings, sees};
use crate::domain::{Authority, BucketName, BucketState, Caller};

/// Some of the buckets that a caller can use, by name.
#[derive(Debug, Default)]
pub(crate) struct UsableWalk {
    /// Their names, and when each was registered as far as that is known.
    pub(crate) found: Vec<(BucketName, Option<DateTime<Utc>>)>,
    /// Behind which name there may be more.
    pub(crate) next: Option<String>,
}

impl State {
    /// The buckets of `range` that `caller` can use at `now`. At most `examined` buckets are looked at.
    pub(crate) fn usable(
        &self,
        caller: &Caller,
        range: &BucketRange,
        examined: usize,
        now: DateTime<Utc>,
    ) -> UsableWalk {
        let mut authority = self.rules_and_groups(caller, now);
        let mut walk = UsableWalk::default();
        let mut candidates = self.candidates(caller, range, &authority);
        for facts in candidates.by_ref().take(examined) {
            if self.is_usable(caller, facts, &mut authority, now) {
                let registered_at = self.buckets.registered_at(&facts.name);
                walk.found.push((facts.name.clone(), registered_at));
            }
            walk.next = Some(facts.name.to_string());
            if walk.found.len() == range.limit {
                break;
            }
        }
        if candidates.next().is_none() {
            walk.next = None;
        }
        walk
    }

    /// What is the same in all buckets.
    fn rules_and_groups(&self, caller: &Caller, now: DateTime<Utc>) -> Authority {
        let groups = caller.user().map(|user| self.members.groups_of(&user.id, now));
        Authority {
            project: self.facts.rules.clone(),
            buckets: std::collections::BTreeMap::new(),
            grants: Vec::new(),
            groups: groups.unwrap_or_default(),
            username: caller.user().and_then(|user| self.username(&user.id)),
            revision: self.revision().number(),
        }
    }

    /// The buckets of `range` in which `caller` may have anything: all, or those that grants or public
    /// permissions or the limits of a key name.
    fn candidates<'a>(
        &'a self,
        caller: &'a Caller,
        range: &'a BucketRange,
        authority: &Authority,
    ) -> Box<dyn Iterator<Item = &'a BucketFacts> + 'a> {
        let named = |names: BTreeSet<&'a BucketName>| {
            let here = names.into_iter().filter(|name| range.has(name.as_str()));
            Box::new(here.filter_map(|name| self.buckets.get(name)))
        };
        if let Some(buckets) = caller.key_limits().and_then(|limits| limits.buckets.as_ref()) {
            return named(buckets.iter().collect());
        }
        match caller.user() {
            Some(user) if authority.project.default_permissions.is_empty() => {
                let granted = self.grants.buckets_of(user, &authority.groups);
                let public = self.buckets.public();
                named(granted.chain(public).collect())
            }
            _ => Box::new(self.buckets.range(range)),
        }
    }

    fn is_usable(
        &self,
        caller: &Caller,
        facts: &BucketFacts,
        authority: &mut Authority,
        now: DateTime<Utc>,
    ) -> bool {
        let name = &facts.name;
        if facts.state == BucketState::Claimed {
            return false;
        }
        authority.buckets = [(name.clone(), facts.rules)].into();
        authority.grants.clear();
        if let Some(user) = caller.user() {
            let here = std::slice::from_ref(name);
            self.grants.for_user(user, &authority.groups, here, &mut authority.grants);
        }
        sees(caller, name, &holdings(authority, caller, name, now))
    }
}
