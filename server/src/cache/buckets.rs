//! The cached buckets of a project: by name for decisions, and in order for listings.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::Bound;

use chrono::{DateTime, Utc};
use sail_cargo_database::tables::buckets::BucketFacts;

use crate::domain::BucketName;

/// The buckets.
#[derive(Debug, Default)]
pub(super) struct Buckets {
    facts: HashMap<BucketName, BucketFacts>,
    /// When each was registered, as far as that is known.
    order: BTreeMap<String, (BucketName, Option<DateTime<Utc>>)>,
    /// Those in which everybody has something.
    public: BTreeSet<BucketName>,
}

/// Names of buckets that begin with `prefix`, behind `after`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BucketRange {
    /// What every name begins with.
    pub prefix: String,
    /// Behind which name; empty for the first.
    pub after: String,
    /// How many names at most.
    pub limit: usize,
}

impl BucketRange {
    /// Whether a name is in it.
    pub(super) fn has(&self, name: &str) -> bool {
        name > self.after.as_str() && name.starts_with(&self.prefix)
    }

    fn start(&self) -> Bound<&str> {
        if self.after.as_str() < self.prefix.as_str() {
            return Bound::Included(&self.prefix);
        }
        Bound::Excluded(&self.after)
    }
}

impl Buckets {
    /// The facts of a bucket.
    pub(super) fn get(&self, name: &BucketName) -> Option<&BucketFacts> {
        self.facts.get(name)
    }

    /// When a bucket was registered, if that is known.
    pub(super) fn registered_at(&self, name: &BucketName) -> Option<DateTime<Utc>> {
        self.order.get(name.as_str()).and_then(|(_, registered_at)| *registered_at)
    }

    /// The buckets in which everybody has something.
    pub(super) fn public(&self) -> impl Iterator<Item = &BucketName> {
        self.public.iter()
    }

    /// The facts of all buckets of a range, by name; its limit does not count here.
    pub(super) fn range<'a>(
        &'a self,
        range: &'a BucketRange,
    ) -> impl Iterator<Item = &'a BucketFacts> {
        let behind = self.order.range::<str, _>((range.start(), Bound::Unbounded));
        let begin = behind.take_while(|(name, _)| name.starts_with(&range.prefix));
        begin.filter_map(|(_, (name, _))| self.facts.get(name))
    }

    /// Adds a bucket, or replaces it.
    pub(super) fn put(&mut self, facts: BucketFacts, registered_at: Option<DateTime<Utc>>) {
        self.order.insert(facts.name.to_string(), (facts.name.clone(), registered_at));
        if facts.rules.public.is_empty() {
            self.public.remove(&facts.name);
        } else {
            self.public.insert(facts.name.clone());
        }
        self.facts.insert(facts.name.clone(), facts);
    }

    /// Adds other buckets, or replaces them.
    pub(super) fn extend(&mut self, mut others: Self) {
        for (_, facts) in others.facts.drain() {
            let registered_at = others.order.remove(facts.name.as_str()).and_then(|(_, at)| at);
            self.put(facts, registered_at);
        }
    }

    /// Removes a bucket.
    pub(super) fn remove(&mut self, name: &BucketName) {
        self.order.remove(name.as_str());
        self.public.remove(name);
        self.facts.remove(name);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{BucketRules, BucketState, Permission, Permissions};

    fn facts(name: &str, public: Permissions) -> BucketFacts {
        BucketFacts {
            name: BucketName::parse(name).unwrap(),
            rules: BucketRules { public, ..BucketRules::default() },
            state: BucketState::Active,
            since: None,
            created_revision: 1,
        }
    }

    fn names<'a>(facts: impl Iterator<Item = &'a BucketFacts>) -> Vec<&'a str> {
        facts.map(|facts| facts.name.as_str()).collect()
    }

    #[test]
    fn a_range_is_read_in_order_and_without_the_rest() {
        let mut buckets = Buckets::default();
        for name in ["logs-2", "zoo", "logs-1", "apes", "logs"] {
            buckets.put(facts(name, Permissions::NONE), Some(DateTime::UNIX_EPOCH));
        }
        for (prefix, after, expected) in [
            ("", "", &["apes", "logs", "logs-1", "logs-2", "zoo"][..]),
            ("", "logs", &["logs-1", "logs-2", "zoo"]),
            ("logs", "", &["logs", "logs-1", "logs-2"]),
            ("logs", "logs", &["logs-1", "logs-2"]),
            ("logs-", "apes", &["logs-1", "logs-2"]),
            ("logs-", "logs-2", &[]),
            ("logs", "zoo", &[]),
        ] {
            let range = BucketRange { prefix: prefix.into(), after: after.into(), limit: 9 };
            assert_eq!(names(buckets.range(&range)), expected, "{prefix} {after}");
            let all = BucketRange::default();
            let begin = names(buckets.range(&all));
            let begin: Vec<_> = begin.into_iter().filter(|name| range.has(name)).collect();
            assert_eq!(begin, expected, "{prefix} {after}");
        }
    }

    #[test]
    fn a_bucket_is_public_and_dated_as_it_was_put_last() {
        let mut buckets = Buckets::default();
        let read: Permissions = [Permission::Read].into_iter().collect();
        buckets.put(facts("photos", read), None);
        let public = |buckets: &Buckets| buckets.public().count();
        assert_eq!(public(&buckets), 1);
        let name = BucketName::parse("photos").unwrap();
        let mut news = Buckets::default();
        news.put(facts("photos", Permissions::NONE), Some(DateTime::UNIX_EPOCH));
        buckets.extend(news);
        assert_eq!(public(&buckets), 0);
        assert_eq!(buckets.registered_at(&name), Some(DateTime::UNIX_EPOCH));
        buckets.put(facts("photos", read), None);
        buckets.remove(&name);
        assert!(buckets.get(&name).is_none() && public(&buckets) == 0);
    }
}
