//! The state of a fake authority.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, Utc};
use sail_cargo_domain::account::Username;
use sail_cargo_domain::s3::Endpoint;
use sail_cargo_domain::sigv4::StoreCredentials;
use sail_cargo_domain::{
    Authority, Bucket, BucketEdit, BucketName, BucketRules, Caller, Conflict, GrantKey, NewGrant,
    ProjectRules, ReservationId, StorageContract, StoredGrant, Subject, SubjectId,
};
use sail_cargo_protocol::BucketState;

use super::signing_attempt::SigningAttempt;

#[derive(Debug)]
pub(super) struct FakeState {
    pub(super) endpoint: Endpoint,
    pub(super) credentials: StoreCredentials,
    pub(super) buckets: BTreeMap<BucketName, Entry>,
    pub(super) grants: Vec<StoredGrant>,
    /// What the accounts of users are called.
    pub(super) usernames: BTreeMap<SubjectId, Username>,
    pub(super) revision: i64,
    pub(super) asked: Vec<SigningAttempt>,
    /// The number of requests that will still fail, and their status.
    pub(super) failures: (usize, u16),
    pub(super) frozen: Option<DateTime<Utc>>,
    pub(super) storage: Arc<StorageContract>,
}

/// A bucket of the project.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) bucket: Bucket,
    /// The reservation of the pending signature.
    pub(super) reservation_id: ReservationId,
}

impl FakeState {
    pub(super) fn new(endpoint: Endpoint, credentials: StoreCredentials) -> Self {
        Self {
            endpoint,
            credentials,
            buckets: BTreeMap::new(),
            grants: Vec::new(),
            usernames: BTreeMap::new(),
            revision: 0,
            asked: Vec::new(),
            failures: (0, 0),
            frozen: None,
            storage: StorageContract::strict().into(),
        }
    }

    #[expect(
        clippy::disallowed_methods,
        reason = "a test's clock is the system's unless it is set"
    )]
    pub(super) fn now(&self) -> DateTime<Utc> {
        self.frozen.unwrap_or_else(Utc::now)
    }

    /// Increments the revision, and returns it.
    pub(super) fn change(&mut self) -> i64 {
        self.revision += 1;
        self.revision
    }

    /// Registers a bucket. An existing bucket stays as it is.
    pub(super) fn register(&mut self, name: BucketName) -> &mut Entry {
        let created_revision = self.change();
        self.buckets.entry(name.clone()).or_insert_with(|| Entry {
            bucket: Bucket {
                name,
                rules: BucketRules::default(),
                labels: BTreeMap::new(),
                state: BucketState::Active,
                created_revision,
            },
            reservation_id: ReservationId::new(String::new()),
        })
    }

    /// Registers a bucket, or changes its rules.
    pub(super) fn edit(
        &mut self,
        name: &BucketName,
        edit: &BucketEdit,
    ) -> Result<Bucket, Conflict> {
        let (before, next) = (self.buckets.get(name).map(|entry| &entry.bucket), self.revision + 1);
        let bound = before.map_or(BucketRules::default().ceiling, |bucket| bucket.rules.ceiling);
        let after = edit.apply(name, before, bound, next)?;
        self.register(name.clone()).bucket = after.clone();
        Ok(after)
    }

    /// Removes a bucket and all its grants. Whether the bucket existed.
    pub(super) fn forget(&mut self, bucket: &BucketName) -> bool {
        self.change();
        self.grants.retain(|grant| grant.key.bucket != *bucket);
        self.buckets.remove(bucket).is_some()
    }

    /// Writes a grant, in place of an existing one with the same key.
    pub(super) fn put_grant(&mut self, new: NewGrant, granted_by: String) -> &StoredGrant {
        let (key, state) = new.into_parts();
        let before = self.grants.iter().find(|grant| grant.key == key);
        let before = before.map(|grant| grant.created_revision);
        self.take_grant(&key);
        self.grants.push(StoredGrant {
            key,
            state: state.rounded(),
            granted_by,
            created_revision: before.unwrap_or(self.revision),
            updated_revision: self.revision,
        });
        &self.grants[self.grants.len() - 1]
    }

    /// Removes a grant, if it exists.
    pub(super) fn take_grant(&mut self, key: &GrantKey) {
        self.change();
        self.grants.retain(|grant| grant.key != *key);
    }

    /// What the account of the subject is called, if the subject is a user who has one.
    pub(super) fn username_of(&self, subject: &Subject) -> Option<&Username> {
        subject.user().and_then(|user| self.usernames.get(user))
    }

    /// The rules and grants for a decision about `caller`.
    pub(super) fn authority(&self, caller: &Caller) -> Authority {
        // A bucket whose creation is pending does not exist yet.
        let all = self.buckets.values().map(|entry| &entry.bucket);
        let there = all.filter(|bucket| bucket.state != BucketState::Claimed);
        Authority {
            project: ProjectRules { storage: Arc::clone(&self.storage), ..ProjectRules::default() },
            buckets: there.map(|bucket| (bucket.name.clone(), bucket.rules)).collect(),
            grants: self.grants.iter().cloned().map(StoredGrant::into_grant).collect(),
            groups: Vec::new(),
            username: caller.user().and_then(|user| self.usernames.get(&user.id)).cloned(),
            revision: self.revision,
        }
    }
}

/// Locks the state. Ignores poisoning: another test's panic is no reason to panic here.
pub(super) fn lock(fake: &Mutex<FakeState>) -> MutexGuard<'_, FakeState> {
    fake.lock().unwrap_or_else(PoisonError::into_inner)
}
