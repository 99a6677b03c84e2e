//! The rules and grants of a project that bear on one request, read at one revision.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};

use super::account::Username;
use super::caller::{Caller, User};
use super::grant::{Grant, Subject};
use super::grant_prefix::{GrantPrefix, PrefixTemplate};
use super::limits;
use super::names::{BucketName, SubjectId};
use super::permissions::{Permission, Permissions};
use super::project::GatewaySettings;
use super::s3::{Operation, PresignLimits};
use super::storage_account::GatewayAddress;
use super::storage_contract::StorageContract;
use super::variable_values::VariableValues;

/// The rules and grants that a decision is made from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Authority {
    /// The project.
    pub project: ProjectRules,
    /// The buckets of the request that are registered to the project.
    pub buckets: BTreeMap<BucketName, BucketRules>,
    /// The grants on those buckets that may name the caller.
    pub grants: Vec<Grant>,
    /// The caller's groups according to the project's member lists, without expired memberships.
    pub groups: Vec<SubjectId>,
    /// What the caller's account is called. Users of other auth services and the application have none.
    pub username: Option<Username>,
    /// The revision at which all fields were read.
    pub revision: i64,
}

/// The rules that apply to every bucket of a project.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProjectRules {
    /// Whether the project is active. An inactive project is denied everything.
    pub active: bool,
    /// What every user may do in every registered bucket.
    pub default_permissions: Permissions,
    /// Names of the operations that root may have signed in addition to the usual ones.
    pub root_extra: Vec<String>,
    /// Whether tags drive lifecycle rules or policies in this project: then only root may write
    /// them.
    pub tags_are_authority: bool,
    /// Whether other projects use the same storage account.
    pub store_is_shared: bool,
    /// What the storage was proved to enforce of a signature.
    pub storage: Arc<StorageContract>,
    /// Where clients reach the gateway; `None` if the server does not know.
    pub gateway: Option<Arc<GatewayAddress>>,
    /// The maximum lifetime of a presigned URL.
    pub max_presign: TimeDelta,
    /// What holds at the gateway.
    pub at_gateway: GatewaySettings,
}

impl Default for ProjectRules {
    /// A new project that is alone in its storage account and whose storage is not trusted.
    fn default() -> Self {
        Self {
            active: true,
            default_permissions: Permissions::NONE,
            root_extra: Vec::new(),
            tags_are_authority: false,
            store_is_shared: false,
            storage: StorageContract::strict().into(),
            gateway: None,
            max_presign: limits::DEFAULT_MAX_PRESIGN,
            at_gateway: GatewaySettings::default(),
        }
    }
}

/// The rules of one bucket that apply to all callers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BucketRules {
    /// The permissions that everybody has.
    pub public: Permissions,
    /// The ceiling: the most that anybody may do, root included.
    pub ceiling: Permissions,
}

impl Default for BucketRules {
    /// A new bucket: no public permissions, and no ceiling.
    fn default() -> Self {
        Self { public: Permissions::NONE, ceiling: Permissions::ALL }
    }
}

/// How long a permission is held if nobody revokes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Until {
    /// Up to this instant.
    Instant(DateTime<Utc>),
    /// Until it is revoked.
    Indefinite,
}

impl Until {
    /// The instant, unless it is [`Until::Indefinite`].
    pub fn instant(self) -> Option<DateTime<Utc>> {
        match self {
            Self::Instant(end) => Some(end),
            Self::Indefinite => None,
        }
    }
}

/// The part of a bucket that a permission is needed for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GrantScope<'a> {
    /// All keys that start with this text; the empty text is the whole bucket.
    Below(&'a str),
    /// All keys below a template, for whomever it stands.
    Each(&'a PrefixTemplate),
    /// Any part of the bucket, however small.
    Anywhere,
}

impl Authority {
    /// The permissions of `user` within `scope` of `bucket`: the union of the live grants that
    /// cover the scope, the bucket's public permissions and the project's default permissions,
    /// limited by the bucket's ceiling. Empty for a bucket that is not registered.
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

    /// What the variables of templates stand for, for `user`, whose authority this is.
    pub fn values<'a>(&'a self, user: &'a User) -> VariableValues<'a> {
        VariableValues::of(&user.id, self.username.as_ref()).stored_in(&self.project.storage)
    }

    /// The same for requests that the server sends itself: see [`StorageContract::behind_gateway`].
    #[must_use]
    pub fn behind_gateway(mut self) -> Self {
        self.project.storage = self.project.storage.behind_gateway().into();
        self
    }

    /// The same, naming the gateway to those who must go there.
    #[must_use]
    pub fn knowing(mut self, gateway: Option<&Arc<GatewayAddress>>) -> Self {
        self.project.gateway = gateway.cloned();
        self
    }

    /// What is left of it for whoever asks without credentials: to read what is public.
    #[must_use]
    pub(super) fn of_everybody(&self) -> Self {
        let read = Permissions::from_iter([Permission::Read]);
        let is_everybodys = |grant: &&Grant| {
            grant.subject == Subject::Public && matches!(grant.prefix, GrantPrefix::Literal(_))
        };
        let public = self.grants.iter().filter(is_everybodys);
        let grants = public.map(|grant| Grant {
            permissions: grant.permissions.intersection(read),
            ..grant.clone()
        });
        let rules = self.buckets.iter().map(|(name, rules)| {
            let public = rules.public.intersection(read);
            (name.clone(), BucketRules { public, ..*rules })
        });
        Self {
            project: ProjectRules {
                default_permissions: Permissions::NONE,
                ..self.project.clone()
            },
            buckets: rules.collect(),
            grants: grants.collect(),
            groups: Vec::new(),
            username: None,
            revision: self.revision,
        }
    }

    /// Whether the project opted in to `operation`, which root may not have signed otherwise.
    pub(super) fn is_opted_in(&self, operation: Operation) -> bool {
        self.project.root_extra.iter().any(|named| named == operation.name())
    }

    /// The limits of a presigned URL for `caller`.
    pub fn presign_limits(&self, caller: &Caller, operation: Operation) -> PresignLimits {
        let active_content = caller.is_application() && self.is_opted_in(operation);
        PresignLimits { max: self.project.max_presign, active_content }
    }

    /// Until when `user` holds `permission` on everything within `scope`; `None` if the user does
    /// not hold it at `now`. If several grants give it, the one that ends last counts.
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

    /// Whether `user` is an admin of any bucket or prefix, including frozen buckets.
    pub fn administers_something(&self, user: &User, now: DateTime<Utc>) -> bool {
        let values = self.values(user);
        let gives = |grant: &Grant| {
            grant.is_live(now) && grant.names(user, &self.groups) && grant.prefix.is_for(values)
        };
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
        let values = self.values(user);
        self.grants
            .iter()
            .filter(move |grant| grant.bucket == *bucket && grant.is_live(now))
            .filter(move |grant| grant.names(user, &self.groups))
            .filter(move |grant| match scope {
                GrantScope::Below(prefix) => grant.prefix.covers(values, prefix),
                GrantScope::Each(template) => grant.prefix.contains_template(template),
                GrantScope::Anywhere => grant.prefix.is_for(values),
            })
    }
}
