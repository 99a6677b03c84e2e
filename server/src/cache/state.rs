//! The cached state of a project at one revision: everything that decides what is signed in it.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use chrono::{DateTime, Utc};
use sail_cargo_database::DatabaseError;
use sail_cargo_database::tables::access_keys::KeptAccessKey;
use sail_cargo_database::tables::project_heads::ProjectHead;

use super::buckets::Buckets;
use super::grants::Grants;
use crate::domain::access_key::BadAccessKey;
use crate::domain::account::{AccountFacts, AccountStanding, Username};
use crate::domain::s3::Endpoint;
use crate::domain::session::SessionEpoch;
use crate::domain::sigv4::GuardedCredentials;
use crate::domain::{
    AccessKey, AccessKeyId, AccessKeyLookup, Authority, BucketName, BucketState, Caller,
    GatewaySettings, KeyId, KeyLock, Membership, ProjectId, ProjectRules, Revision, SubjectId,
};

/// The cached state of a project.
#[derive(Debug)]
pub(crate) struct State {
    pub(super) facts: Facts,
    pub(super) buckets: Buckets,
    pub(super) grants: Grants,
    pub(super) members: Members,
    pub(super) keys: HashMap<KeyId, KeyLock>,
    pub(super) access_keys: HashMap<AccessKeyId, KeptAccessKey>,
    /// Users whose sessions were ended, with the epoch that began then.
    pub(super) session_epochs: HashMap<SubjectId, SessionEpoch>,
    /// The accounts of the project, by user.
    pub(super) accounts: HashMap<SubjectId, AccountFacts>,
}

/// The facts about the project itself.
#[derive(Debug)]
pub(super) struct Facts {
    pub(super) head: ProjectHead,
    pub(super) project: ProjectId,
    pub(super) slug: String,
    pub(super) rules: ProjectRules,
    pub(super) endpoints: Arc<[Endpoint]>,
    /// The store's keys; `None` if the seal does not open. The database then gives the caller the
    /// error.
    pub(super) credentials: Option<GuardedCredentials>,
}

impl State {
    /// Whether `name` is the project's slug or id.
    pub(super) fn is_called(&self, name: &str) -> bool {
        self.facts.slug == name || self.facts.project.as_str() == name
    }

    /// The slug of the project.
    pub(super) fn slug(&self) -> &str {
        &self.facts.slug
    }

    /// The id of the project.
    pub(crate) fn project(&self) -> &ProjectId {
        &self.facts.project
    }

    /// What the project says of the gateway.
    pub(crate) fn gateway_settings(&self) -> GatewaySettings {
        self.facts.rules.at_gateway
    }

    /// The revision of the state.
    pub(crate) fn revision(&self) -> Revision {
        self.facts.head.revision
    }

    /// The endpoints of the project's storage.
    pub(crate) fn endpoints(&self) -> &Arc<[Endpoint]> {
        &self.facts.endpoints
    }

    /// The keys of the project's store.
    pub(crate) fn credentials(&self) -> Option<&GuardedCredentials> {
        self.facts.credentials.as_ref()
    }

    /// One of the project's API keys.
    pub(crate) fn key(&self, id: &KeyId) -> Option<&KeyLock> {
        self.keys.get(id)
    }

    /// One of its access keys, if it is good at `now`.
    pub(crate) fn access_key(
        &self,
        id: &AccessKeyId,
        now: DateTime<Utc>,
    ) -> Option<Result<AccessKeyLookup, DatabaseError>> {
        let opened = self.access_keys.get(id)?.open(self.facts.rules.active, now);
        Some(opened.map(|lookup| lookup.and_then(|key| self.unless_put_out(key))))
    }

    /// A key of an account goes with the account.
    fn unless_put_out(&self, key: Arc<AccessKey>) -> AccessKeyLookup {
        let user = key.holder.user.as_ref();
        match user.and_then(|user| self.accounts.get(&user.id)) {
            Some(account) if !account.standing.is_active() => Err(BadAccessKey::of(&key.holder)),
            _ => Ok(key),
        }
    }

    /// Whether the account of a user is in use, and its epoch; `None` if the user is no account.
    pub(crate) fn account_standing(&self, user: &SubjectId) -> Option<AccountStanding> {
        self.accounts.get(user).map(|account| account.standing)
    }

    /// What the account of a user is called; `None` if the user is no account.
    pub(super) fn username(&self, user: &SubjectId) -> Option<Username> {
        self.accounts.get(user).map(|account| account.username.clone())
    }

    /// Whether the project is active, and in which epoch the sessions of `user` are; the application has
    /// one epoch only.
    pub(crate) fn session_epoch(&self, user: Option<&SubjectId>) -> (bool, SessionEpoch) {
        let epoch = user.and_then(|user| self.session_epochs.get(user)).copied();
        (self.facts.rules.active, epoch.unwrap_or_default())
    }

    /// Whether the project has a bucket of this name.
    pub(crate) fn has_bucket(&self, name: &BucketName) -> bool {
        self.buckets.get(name).is_some()
    }

    /// The rules and grants that decide what `caller` may do in `buckets` at `now`. `None` if the
    /// creation or deletion of one of them is not settled: only the database knows enough then.
    pub(crate) fn authority(
        &self,
        caller: &Caller,
        buckets: &[BucketName],
        now: DateTime<Utc>,
    ) -> Option<Authority> {
        let mut rules = BTreeMap::new();
        for name in buckets {
            match self.buckets.get(name) {
                Some(row) if row.state == BucketState::Active => {
                    rules.insert(name.clone(), row.rules);
                }
                Some(_) => return None,
                None => {}
            }
        }
        let (mut grants, mut groups, mut username) = (Vec::new(), Vec::new(), None);
        if let Some(user) = caller.user() {
            username = self.username(&user.id);
            groups = self.members.groups_of(&user.id, now);
            self.grants.for_user(user, &groups, buckets, &mut grants);
        }
        Some(Authority {
            project: self.facts.rules.clone(),
            buckets: rules,
            grants,
            groups,
            username,
            revision: self.facts.head.revision.number(),
        })
    }
}

/// The memberships, by user and group.
#[derive(Debug, Default)]
pub(super) struct Members(HashMap<SubjectId, BTreeMap<SubjectId, Option<DateTime<Utc>>>>);

impl Members {
    /// The groups that `user` is a member of at `now`, in order.
    pub(super) fn groups_of(&self, user: &SubjectId, now: DateTime<Utc>) -> Vec<SubjectId> {
        let lists = self.0.get(user).into_iter().flatten();
        lists
            .filter(|(_, end)| end.is_none_or(|end| now < end))
            .map(|(group, _)| group.clone())
            .collect()
    }

    /// Adds or replaces a membership.
    pub(super) fn put(&mut self, membership: Membership) {
        let Membership { group, user, expires_at, .. } = membership;
        self.0.entry(user).or_default().insert(group, expires_at);
    }

    /// Removes a membership.
    pub(super) fn remove(&mut self, user: &SubjectId, group: &SubjectId) {
        let Some(lists) = self.0.get_mut(user) else { return };
        lists.remove(group);
        if lists.is_empty() {
            self.0.remove(user);
        }
    }
}
