//! What limits leave of what somebody holds.

use std::collections::BTreeSet;

use super::limits::KeyLimits;
use crate::authority::{Authority, BucketRules, ProjectRules};
use crate::grant::{Grant, Subject};
use crate::holdings::Holdings;
use crate::names::{BucketName, Prefix};
use crate::permissions::Permissions;

impl KeyLimits {
    /// What is left of `authority` for a user within the limits: each grant with the permissions and below
    /// the prefixes that both allow. What everybody has becomes grants where only prefixes are left.
    #[must_use]
    pub fn cut(&self, authority: &Authority) -> Authority {
        let within = |name: &BucketName| self.allow_bucket(name);
        let buckets = authority.buckets.iter().filter(|(name, _)| within(name));
        let whole = self.prefixes.is_none();
        let left = |held: Permissions| {
            if whole { held.intersection(self.most()) } else { Permissions::NONE }
        };
        let given = authority.grants.iter().filter(|grant| within(&grant.bucket));
        let mut grants: Vec<Grant> = given.flat_map(|grant| self.cut_grant(grant)).collect();
        if !whole {
            let default = authority.project.default_permissions;
            let open = buckets.clone().map(|(name, rules)| open(name, rules.public.union(default)));
            grants.extend(open.collect::<Vec<_>>().iter().flat_map(|grant| self.cut_grant(grant)));
        }
        Authority {
            project: ProjectRules {
                default_permissions: left(authority.project.default_permissions),
                ..authority.project.clone()
            },
            buckets: buckets
                .map(|(name, rules)| {
                    (name.clone(), BucketRules { public: left(rules.public), ..*rules })
                })
                .collect(),
            grants,
            groups: authority.groups.clone(),
            revision: authority.revision,
        }
    }

    /// What is left of one grant: one for each prefix where both meet.
    fn cut_grant(&self, grant: &Grant) -> Vec<Grant> {
        let permissions = grant.permissions.intersection(self.most());
        if permissions.is_empty() {
            return Vec::new();
        }
        let meet = |limit: &Prefix| narrower(limit, &grant.prefix);
        let prefixes: BTreeSet<Prefix> = match &self.prefixes {
            None => BTreeSet::from([grant.prefix.clone()]),
            Some(limits) => limits.iter().filter_map(meet).collect(),
        };
        let of = |prefix| Grant { prefix, permissions, ..grant.clone() };
        prefixes.into_iter().map(of).collect()
    }

    /// What is left in `bucket` of `held` on all of it.
    pub fn cut_whole(&self, bucket: &BucketName, held: Permissions) -> Holdings {
        let left = held.intersection(self.most());
        let nothing = Holdings { whole: Permissions::NONE, below: Vec::new() };
        match &self.prefixes {
            _ if !self.allow_bucket(bucket) || left.is_empty() => nothing,
            None => Holdings { whole: left, ..nothing },
            Some(prefixes) if prefixes.iter().any(Prefix::is_whole_bucket) => {
                Holdings { whole: left, ..nothing }
            }
            Some(prefixes) => {
                let below = prefixes.iter().map(|prefix| (prefix.to_string(), left));
                Holdings { below: below.collect(), ..nothing }
            }
        }
    }
}

/// The part of a bucket that is in both: the longer prefix, where it is below the other.
fn narrower(one: &Prefix, other: &Prefix) -> Option<Prefix> {
    if one.covers(other.as_str()) {
        return Some(other.clone());
    }
    other.covers(one.as_str()).then(|| one.clone())
}

/// What everybody has in a bucket, as a grant.
fn open(bucket: &BucketName, permissions: Permissions) -> Grant {
    Grant {
        bucket: bucket.clone(),
        prefix: Prefix::whole_bucket(),
        subject: Subject::Public,
        permissions,
        not_before: None,
        expires_at: None,
    }
}
