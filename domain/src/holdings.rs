//! The permissions of a caller in a bucket, and the subjects that have any permission there.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};

use super::access_key::AccessKeyHolder;
use super::account::Usernames;
use super::authority::{Authority, GrantScope, ProjectRules};
use super::caller::{Caller, User};
use super::grant::{Grant, Subject};
use super::grant_prefix::GrantPrefix;
use super::names::{BucketName, ProjectId, SubjectId};
use super::permissions::Permissions;
use super::session::SessionHolder;
use super::stored_grant::SubjectFilter;

/// The permissions of one caller or subject in one bucket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holdings {
    /// Permissions on the whole bucket.
    pub whole: Permissions,
    /// Prefixes with more permissions than the whole bucket, and these permissions.
    pub below: Vec<(GrantPrefix, Permissions)>,
}

impl Holdings {
    /// Whether there are no permissions at all.
    pub fn is_empty(&self) -> bool {
        self.whole.is_empty() && self.below.is_empty()
    }

    /// The next segments below `prefix` on the way to prefixes on which something is held, each with the
    /// `/` that ends it, in order. A held prefix with no `/` after `prefix` is reached by its own listing.
    pub fn segments_below(&self, prefix: &str) -> BTreeSet<String> {
        let literal = self.below.iter().filter_map(|(held, _)| match held {
            GrantPrefix::Literal(held) => Some(held.as_str()),
            GrantPrefix::Template(_) => None,
        });
        let longer = literal.filter_map(|held| held.strip_prefix(prefix));
        let segments = longer.filter_map(|rest| rest.split_once('/'));
        segments.map(|(segment, _)| format!("{prefix}{segment}/")).collect()
    }
}

/// Whether `caller`, who holds `held` in `bucket`, is shown it in a list of buckets: users where they hold
/// anything, the application its own, be it frozen, as far as the limits of its key go.
pub fn sees(caller: &Caller, bucket: &BucketName, held: &Holdings) -> bool {
    let is_own = caller.user().is_none()
        && caller.key_limits().is_none_or(|limits| limits.allow_bucket(bucket));
    is_own || !held.is_empty()
}

/// The holdings of `caller` in each of `buckets`, in their order.
pub fn by_bucket(
    authority: Authority,
    caller: &Caller,
    buckets: &[BucketName],
    now: DateTime<Utc>,
) -> Vec<Holdings> {
    let parts = split(authority, buckets);
    buckets.iter().zip(&parts).map(|(bucket, part)| holdings(part, caller, bucket, now)).collect()
}

/// The holdings of `caller` in `bucket`.
pub fn holdings(
    authority: &Authority,
    caller: &Caller,
    bucket: &BucketName,
    now: DateTime<Utc>,
) -> Holdings {
    match caller {
        Caller::User(user) => of_user(authority, user, bucket, now),
        Caller::Everybody(user) => of_user(&authority.of_everybody(), user, bucket, now),
        Caller::Root(_) | Caller::Operator { .. } => {
            Holdings { whole: of_application(authority, bucket), below: Vec::new() }
        }
        Caller::AccessKey(AccessKeyHolder { user: Some(user), limits, .. })
        | Caller::Session(SessionHolder { user: Some(user), limits, .. }) => {
            of_user(&limits.cut(user, authority), user, bucket, now)
        }
        Caller::AccessKey(AccessKeyHolder { user: None, limits, .. })
        | Caller::Session(SessionHolder { user: None, limits, .. }) => {
            limits.cut_whole(bucket, of_application(authority, bucket))
        }
    }
}

/// Everything in its own buckets, under their ceilings.
fn of_application(authority: &Authority, bucket: &BucketName) -> Permissions {
    let rules = authority.buckets.get(bucket).filter(|_| authority.project.active);
    rules.map_or(Permissions::NONE, |rules| rules.ceiling)
}

fn of_user(
    authority: &Authority,
    user: &User,
    bucket: &BucketName,
    now: DateTime<Utc>,
) -> Holdings {
    let held = |scope: GrantScope<'_>| authority.permissions(user, bucket, scope, now);
    let whole = held(GrantScope::Below(""));
    let given = authority.grants.iter().filter(|grant| grant.bucket == *bucket);
    let values = authority.values(user);
    let own = |grant: &Grant| match &grant.prefix {
        // Several users, of whom no id is known.
        template @ GrantPrefix::Template(_) if user.id.is_nobody() => Some(template.clone()),
        prefix => prefix.of(values).map(GrantPrefix::Literal),
    };
    let prefixes: BTreeSet<GrantPrefix> =
        given.filter_map(own).filter(|prefix| !prefix.is_whole_bucket()).collect();
    let below = prefixes.into_iter().map(|prefix| {
        let scope = match &prefix {
            GrantPrefix::Literal(prefix) => GrantScope::Below(prefix.as_str()),
            GrantPrefix::Template(template) => GrantScope::Each(template),
        };
        let held = held(scope);
        (prefix, held)
    });
    let below = below.filter(|(_, held)| !held.without(whole).is_empty()).collect();
    Holdings { whole, below }
}

/// Splits an authority into one per bucket, each with that bucket's grants only: the cost per
/// bucket does not grow with the number of buckets.
fn split(mut authority: Authority, buckets: &[BucketName]) -> Vec<Authority> {
    let mut grants: BTreeMap<BucketName, Vec<Grant>> = BTreeMap::new();
    for grant in std::mem::take(&mut authority.grants) {
        grants.entry(grant.bucket.clone()).or_default().push(grant);
    }
    let rules = std::mem::take(&mut authority.buckets);
    buckets
        .iter()
        .map(|bucket| Authority {
            buckets: rules
                .get_key_value(bucket)
                .map(|(name, rules)| (name.clone(), *rules))
                .into_iter()
                .collect(),
            grants: grants.remove(bucket).unwrap_or_default(),
            ..authority.clone()
        })
        .collect()
}

/// The users of a project, as far as grants name them by groups or by usernames.
#[derive(Debug, Clone, Default)]
pub struct KnownUsers {
    /// The groups of each user, from live memberships.
    pub groups: BTreeMap<SubjectId, Vec<SubjectId>>,
    /// What their accounts are called.
    pub usernames: Usernames,
}

/// The part of a bucket for which holdings are listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HoldingScope<'a> {
    /// The whole bucket and all its prefixes.
    Bucket,
    /// One object.
    Key(&'a str),
}

/// The subjects that have permissions in `bucket` and that `filter` selects, with their holdings: users
/// with grants of their own, users whom `known` puts in groups with grants, groups, token groups,
/// everybody with a token, everybody. `authority` must contain every grant on the bucket, except those
/// to users whom `filter` does not select.
pub fn by_subject(
    project: &ProjectId,
    bucket: &BucketName,
    authority: &Authority,
    known: &KnownUsers,
    filter: &SubjectFilter,
    place: HoldingScope<'_>,
    now: DateTime<Utc>,
) -> Vec<(Subject, Holdings)> {
    let given = Given::of(&authority.grants);
    let of_key = match place {
        HoldingScope::Key(key) => users_of(authority, &known.usernames, key),
        HoldingScope::Bucket => BTreeSet::new(),
    };
    let users = known.groups.keys().cloned().chain(of_key).map(Subject::User);
    let everybody = [Subject::Authenticated, Subject::Public];
    let subjects: BTreeSet<Subject> =
        given.0.keys().copied().cloned().chain(users).chain(everybody).collect();
    subjects
        .into_iter()
        .filter(|subject| filter.lets_through(subject))
        .map(|subject| {
            let (user, here) = given.seen_by(&subject, project, authority, known, now);
            let holdings = match place {
                HoldingScope::Bucket => of_user(&here, &user, bucket, now),
                HoldingScope::Key(key) => Holdings {
                    whole: here.permissions(&user, bucket, GrantScope::Below(key), now),
                    below: Vec::new(),
                },
            };
            (subject, holdings)
        })
        .filter(|(_, holdings)| !holdings.is_empty())
        .collect()
}

/// The users whose own `key` is, by templates of grants to everybody.
fn users_of(authority: &Authority, usernames: &Usernames, key: &str) -> BTreeSet<SubjectId> {
    let everybodys = authority
        .grants
        .iter()
        .filter(|grant| matches!(grant.subject, Subject::Authenticated | Subject::Public));
    let owner = |grant: &Grant| match &grant.prefix {
        GrantPrefix::Template(template) => template.user_of(key, usernames),
        GrantPrefix::Literal(_) => None,
    };
    everybodys.filter_map(owner).collect()
}

/// The grants of a bucket by subject.
struct Given<'a>(BTreeMap<&'a Subject, Vec<&'a Grant>>);

impl<'a> Given<'a> {
    fn of(grants: &'a [Grant]) -> Self {
        let mut given: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for grant in grants {
            given.entry(&grant.subject).or_default().push(grant);
        }
        Self(given)
    }

    /// A user who is only this subject, and an authority with the grants that apply to that user.
    fn seen_by(
        &self,
        subject: &Subject,
        project: &ProjectId,
        authority: &Authority,
        known: &KnownUsers,
        now: DateTime<Utc>,
    ) -> (User, Authority) {
        let (mut id, mut groups, mut token_groups) =
            (SubjectId::nobody(), Vec::new(), BTreeSet::new());
        let mut username = None;
        match subject {
            Subject::User(user) => {
                id = user.clone();
                groups = known.groups.get(user).cloned().unwrap_or_default();
                username = known.usernames.of(user).cloned();
            }
            Subject::Group(group) => groups.push(group.clone()),
            Subject::TokenGroup(group) => {
                token_groups.insert(group.clone());
            }
            Subject::Authenticated | Subject::Public => {}
        }
        let is_public = *subject == Subject::Public;
        let default =
            if is_public { Permissions::NONE } else { authority.project.default_permissions };
        let here = Authority {
            project: ProjectRules { default_permissions: default, ..authority.project.clone() },
            buckets: authority.buckets.clone(),
            grants: self.for_user(subject, &groups),
            groups,
            username,
            revision: authority.revision,
        };
        let user = User {
            project: project.clone(),
            id,
            groups: token_groups,
            service_account: false,
            expires_at: now,
            signed_in_at: None,
            epoch: None,
            via: None,
        };
        (user, here)
    }

    /// The grants that apply to `subject`: its own, those of `groups`, and those for everybody.
    fn for_user(&self, subject: &Subject, groups: &[SubjectId]) -> Vec<Grant> {
        let mut names: BTreeSet<Subject> = groups.iter().cloned().map(Subject::Group).collect();
        names.extend([subject.clone(), Subject::Public]);
        if *subject != Subject::Public {
            names.insert(Subject::Authenticated);
        }
        let named = names.iter().filter_map(|name| self.0.get(name)).flatten();
        named.map(|grant| Grant::clone(grant)).collect()
    }
}
