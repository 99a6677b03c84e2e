//! What a project knows that bears on one request, read at one revision.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};

use super::caller::{Caller, User};
use super::grant::Grant;
use super::limits;
use super::names::{BucketName, SubjectId};
use super::permissions::{Permission, Permissions};
use super::s3::{Operation, PresignLimits};
use super::storage_contract::StorageContract;

/// The rules and grants a decision is made from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Authority {
    /// The project.
    pub project: ProjectRules,
    /// The buckets in question that are registered to the project.
    pub buckets: BTreeMap<BucketName, BucketRules>,
    /// The grants on those buckets that could name the caller.
    pub grants: Vec<Grant>,
    /// The caller's groups by the project's own member lists, expired ones left out.
    pub groups: Vec<SubjectId>,
    /// The revision all of it was read at.
    pub revision: i64,
}

/// What holds for every bucket of a project.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProjectRules {
    /// Nothing is allowed in a project that is not active.
    pub active: bool,
    /// What every user may do in every registered bucket.
    pub default_permissions: Permissions,
    /// Operations root may have signed beyond the usual ones, by name.
    pub root_extra: Vec<String>,
    /// Tags steer lifecycle or policies here, so only root may write them.
    pub tags_are_authority: bool,
    /// Other projects live in the same storage account.
    pub store_is_shared: bool,
    /// How far signatures reach on the storage.
    pub storage: Arc<StorageContract>,
    /// How long a presigned URL may live at most.
    pub max_presign: TimeDelta,
}

impl Default for ProjectRules {
    /// A new project, alone in its storage account, which is trusted with nothing.
    fn default() -> Self {
        Self {
            active: true,
            default_permissions: Permissions::NONE,
            root_extra: Vec::new(),
            tags_are_authority: false,
            store_is_shared: false,
            storage: StorageContract::strict().into(),
            max_presign: limits::DEFAULT_MAX_PRESIGN,
        }
    }
}

/// What holds for everybody in one bucket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BucketRules {
    /// What everybody may do.
    pub public: Permissions,
    /// The most anybody may do, root included.
    pub ceiling: Permissions,
}

impl Default for BucketRules {
    /// A new bucket: nobody may do anything, and everything may be granted.
    fn default() -> Self {
        Self { public: Permissions::NONE, ceiling: Permissions::ALL }
    }
}

/// How long something is held, if nobody takes it away.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Until {
    /// Up to this instant.
    Instant(DateTime<Utc>),
    /// Until it is revoked.
    Indefinite,
}

impl Until {
    /// The instant, where there is one.
    pub fn instant(self) -> Option<DateTime<Utc>> {
        match self {
            Self::Instant(end) => Some(end),
            Self::Indefinite => None,
        }
    }
}

/// Which part of a bucket a permission is needed for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GrantScope<'a> {
    /// Everything whose key starts with this; the empty text is the whole bucket.
    Below(&'a str),
    /// Anything at all.
    Anywhere,
}

impl Authority {
    /// What `user` may do within `scope` of `bucket`: the union of the live grants that cover
    /// it, what is public and what is the project's default, under the bucket's ceiling.
    /// Nothing on a bucket that is not registered.
    pub fn permissions(
        &self,
        user: &User,
        bucket: &BucketName,
        scope: GrantScope<'_>,
        now: DateTime<Utc>,
    ) -> Permissions {
        let Some(rules) = self.buckets.get(bucket).filter(|_| self.project.active) else {
            return Permissions::NONE;
        };
        let everybody = rules.public.union(self.project.default_permissions);
        self.covering(user, bucket, scope, now)
            .fold(everybody, |held, grant| held.union(grant.permissions))
            .intersection(rules.ceiling)
    }

    /// The same for requests that the server sends itself: see [`StorageContract::behind_gateway`].
    #[must_use]
    pub fn behind_gateway(mut self) -> Self {
        self.project.storage = self.project.storage.behind_gateway().into();
        self
    }

    /// Whether the project has root sign this beyond what it usually may.
    pub(super) fn is_opted_in(&self, operation: Operation) -> bool {
        self.project.root_extra.iter().any(|named| named == operation.name())
    }

    /// How far a URL for `caller` may go.
    pub fn presign_limits(&self, caller: &Caller, operation: Operation) -> PresignLimits {
        let is_root = matches!(caller, Caller::Root(_));
        let active_content = is_root && self.is_opted_in(operation);
        PresignLimits { max: self.project.max_presign, active_content }
    }

    /// Until when `user` holds `permission` on everything within `scope`; `None` when they do not
    /// hold it at `now`. Of several grants that give it, the last one counts.
    pub fn holds(
        &self,
        user: &User,
        permission: Permission,
        bucket: &BucketName,
        scope: GrantScope<'_>,
        now: DateTime<Utc>,
    ) -> Option<Until> {
        if !self.permissions(user, bucket, scope, now).contains(permission) {
            return None;
        }
        let rules = self.buckets.get(bucket)?;
        if rules.public.union(self.project.default_permissions).contains(permission) {
            return Some(Until::Indefinite);
        }
        self.covering(user, bucket, scope, now)
            .filter(|grant| grant.permissions.contains(permission))
            .map(|grant| grant.expires_at.map_or(Until::Indefinite, Until::Instant))
            .max()
    }

    /// Whether `user` is an admin of any bucket or prefix, be it frozen.
    pub fn administers_something(&self, user: &User, now: DateTime<Utc>) -> bool {
        let gives = |grant: &Grant| grant.is_live(now) && grant.names(user, &self.groups);
        let mut admins = self.grants.iter();
        self.project.default_permissions.contains(Permission::Admin)
            || admins.any(|grant| grant.permissions.contains(Permission::Admin) && gives(grant))
    }

    /// The live grants that name `user` and cover `scope`.
    fn covering<'a>(
        &'a self,
        user: &'a User,
        bucket: &'a BucketName,
        scope: GrantScope<'a>,
        now: DateTime<Utc>,
    ) -> impl Iterator<Item = &'a Grant> {
        self.grants
            .iter()
            .filter(move |grant| grant.bucket == *bucket && grant.is_live(now))
            .filter(move |grant| grant.names(user, &self.groups))
            .filter(move |grant| match scope {
                GrantScope::Below(prefix) => grant.prefix.covers(prefix),
                GrantScope::Anywhere => true,
            })
    }
}
