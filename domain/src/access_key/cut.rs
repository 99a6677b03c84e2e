//! What limits leave of what somebody holds.

use std::collections::BTreeSet;

use super::limits::KeyLimits;
use super::place::{Place, narrower};
use crate::authority::{Authority, BucketRules, ProjectRules};
use crate::grant::{Grant, Subject};
use crate::holdings::Holdings;
use crate::names::{BucketName, Prefix};
use crate::permissions::Permissions;
use crate::user::User;
use crate::variable_values::VariableValues;

impl KeyLimits {
    /// What is left of `authority` for `user` within the limits: each grant with the permissions and below
    /// the prefixes that both allow. What everybody has becomes grants where only prefixes are left.
    #[must_use]
    pub fn cut(&self, user: &User, authority: &Authority) -> Authority {
        let within = |name: &BucketName| self.allow_bucket(name);
        let buckets = authority.buckets.iter().filter(|(name, _)| within(name));
        let whole = self.prefixes.is_none() && self.places.is_none();
        let left = |held: Permissions| {
            if whole { held.intersection(self.most()) } else { Permissions::NONE }
        };
        let values = authority.values(user);
        let given = authority.grants.iter().filter(|grant| within(&grant.bucket));
        let mut grants: Vec<Grant> =
            given.flat_map(|grant| self.cut_grant(values, grant)).collect();
        if !whole {
            let default = authority.project.default_permissions;
            let open = buckets.clone().map(|(name, rules)| open(name, rules.public.union(default)));
            grants.extend(
                open.collect::<Vec<_>>().iter().flat_map(|grant| self.cut_grant(values, grant)),
            );
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
            username: authority.username.clone(),
            revision: authority.revision,
        }
    }

    /// What is left of one grant for the user of `values`: one for each prefix and place where both meet.
    fn cut_grant(&self, values: VariableValues<'_>, grant: &Grant) -> Vec<Grant> {
        let permissions = grant.permissions.intersection(self.most());
        let Some(own) = grant.prefix.of(values).filter(|_| !permissions.is_empty()) else {
            return Vec::new();
        };
        let prefixes: BTreeSet<Prefix> = match &self.prefixes {
            None => BTreeSet::from([own]),
            Some(limits) => limits.iter().filter_map(|limit| narrower(limit, &own)).collect(),
        };
        let bucket = &grant.bucket;
        let parts = prefixes.into_iter().map(|prefix| {
            let bucket = bucket.clone();
            Place { bucket, prefix, permissions }
        });
        let parts: Vec<Place> = match &self.places {
            None => parts.collect(),
            Some(places) => parts
                .flat_map(|part| places.iter().filter_map(move |place| place.meet(&part)))
                .collect(),
        };
        let of = |part: Place| Grant {
            prefix: part.prefix.into(),
            permissions: part.permissions,
            ..grant.clone()
        };
        parts.into_iter().map(of).collect()
    }

    /// What is left in `bucket` of `held` on all of it.
    pub fn cut_whole(&self, bucket: &BucketName, held: Permissions) -> Holdings {
        if !self.allow_bucket(bucket) {
            return Holdings { whole: Permissions::NONE, below: Vec::new() };
        }
        let scopes = self.scopes(bucket, held.intersection(self.most()));
        let whole = scopes.iter().filter(|(prefix, _)| prefix.is_whole_bucket());
        let whole = whole.fold(Permissions::NONE, |all, (_, more)| all.union(*more));
        let below = scopes.into_iter().filter(|(_, held)| !held.without(whole).is_empty());
        let below = below.map(|(prefix, held)| (prefix.into(), held)).collect();
        Holdings { whole, below }
    }

    /// The parts of `bucket` within the limits, and what is left of `held` in each.
    fn scopes(&self, bucket: &BucketName, held: Permissions) -> Vec<(Prefix, Permissions)> {
        let all = || BTreeSet::from([Prefix::whole_bucket()]);
        let prefixes = self.prefixes.clone().unwrap_or_else(all);
        let parts = prefixes.into_iter().map(|prefix| (prefix, held));
        let Some(places) = &self.places else { return parts.collect() };
        let places = || places.iter().filter(|place| place.bucket == *bucket);
        let cut = parts.flat_map(|(prefix, held)| {
            places().filter_map(move |place| {
                Some((narrower(&place.prefix, &prefix)?, place.permissions.intersection(held)))
            })
        });
        cut.filter(|(_, held)| !held.is_empty()).collect()
    }
}

/// What everybody has in a bucket, as a grant.
fn open(bucket: &BucketName, permissions: Permissions) -> Grant {
    Grant {
        bucket: bucket.clone(),
        prefix: Prefix::whole_bucket().into(),
        subject: Subject::Public,
        permissions,
        not_before: None,
        expires_at: None,
    }
}
