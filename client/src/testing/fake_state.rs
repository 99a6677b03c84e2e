//! All a fake authority knows.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, Utc};
use sail_cargo_domain::s3::Endpoint;
use sail_cargo_domain::sigv4::StoreCredentials;
use sail_cargo_domain::{
    Authority, BucketName, BucketRules, Grant, Permissions, Prefix, ProjectRules, ReservationId,
    StorageContract, Subject,
};
use sail_cargo_protocol::BucketState;

use super::signing_attempt::SigningAttempt;

#[derive(Debug)]
pub(super) struct FakeState {
    pub(super) endpoint: Endpoint,
    pub(super) credentials: StoreCredentials,
    pub(super) buckets: BTreeMap<BucketName, Entry>,
    pub(super) grants: Vec<Grant>,
    pub(super) revision: i64,
    pub(super) asked: Vec<SigningAttempt>,
    /// How many requests are yet to be answered with which status.
    pub(super) failures: (usize, u16),
    pub(super) frozen: Option<DateTime<Utc>>,
    pub(super) storage: Arc<StorageContract>,
}

/// A bucket of the project.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) rules: BucketRules,
    pub(super) state: BucketState,
    /// The reservation id of the signature that is yet to be settled.
    pub(super) reservation_id: ReservationId,
    pub(super) created: i64,
}

impl FakeState {
    pub(super) fn new(endpoint: Endpoint, credentials: StoreCredentials) -> Self {
        Self {
            endpoint,
            credentials,
            buckets: BTreeMap::new(),
            grants: Vec::new(),
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

    /// Counts a change.
    pub(super) fn change(&mut self) -> i64 {
        self.revision += 1;
        self.revision
    }

    /// Registers a bucket; one that is there stays as it is.
    pub(super) fn register(&mut self, bucket: BucketName) -> &mut Entry {
        let created = self.change();
        let rules = BucketRules::default();
        let (state, reservation_id) = (BucketState::Active, ReservationId::new(String::new()));
        self.buckets.entry(bucket).or_insert(Entry { rules, state, reservation_id, created })
    }

    /// Forgets a bucket and every grant on it; whether it was there.
    pub(super) fn forget(&mut self, bucket: &BucketName) -> bool {
        self.change();
        self.grants.retain(|grant| grant.bucket != *bucket);
        self.buckets.remove(bucket).is_some()
    }

    pub(super) fn put_grant(&mut self, grant: Grant) {
        self.take_grant(&grant.bucket, &grant.prefix, &grant.subject);
        self.grants.push(grant);
    }

    /// Takes a grant away, where it was given.
    pub(super) fn take_grant(&mut self, bucket: &BucketName, prefix: &Prefix, subject: &Subject) {
        self.change();
        self.grants.retain(|grant| {
            !(grant.bucket == *bucket && grant.prefix == *prefix && grant.subject == *subject)
        });
    }

    /// What a decision is made from.
    pub(super) fn authority(&self) -> Authority {
        // A bucket whose creation was only signed is none yet.
        let there = self.buckets.iter().filter(|(_, entry)| entry.state != BucketState::Claimed);
        Authority {
            project: ProjectRules { storage: Arc::clone(&self.storage), ..ProjectRules::default() },
            buckets: there.map(|(name, entry)| (name.clone(), entry.rules)).collect(),
            grants: self.grants.clone(),
            groups: Vec::new(),
            revision: self.revision,
        }
    }
}

/// A test that panicked elsewhere is no reason to panic here.
pub(super) fn lock(fake: &Mutex<FakeState>) -> MutexGuard<'_, FakeState> {
    fake.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A grant for ever.
pub(super) fn plain_grant(
    bucket: BucketName,
    prefix: Prefix,
    subject: Subject,
    permissions: Permissions,
) -> Grant {
    Grant { bucket, prefix, subject, permissions, not_before: None, expires_at: None }
}
