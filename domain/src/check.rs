//! Access checks without a request: whether a caller may do an action in a place.

use chrono::{DateTime, Utc};

use super::access_key::AccessKeyHolder;
use super::authority::{Authority, Until};
use super::caller::{Caller, User};
use super::decide::{demand_within, meet};
use super::denied::Denied;
use super::names::BucketName;
use super::permissions::Permission;
use super::requirement::{Needed, Requirement, kind};
use super::s3::{Needs, Operation};
use super::session::SessionHolder;

/// An action that a caller may or may not be allowed to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// Every action that this permission allows.
    Permission(Permission),
    /// An S3 operation that needs one permission, or any.
    Operation(Operation),
}

/// Why a text is not an [`Action`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidAction {
    /// The text is neither a permission nor an operation.
    #[error(
        "`read`, `write`, `delete`, `admin`, `list`, or an S3 operation such as `s3:GetObject`"
    )]
    Unknown,
    /// The operation needs several permissions, in places that one scope does not describe.
    #[error("{0} takes several permissions: ask /v1/explain about the request")]
    Several(Operation),
}

impl Action {
    /// Reads an action: `read`, `s3:GetObject`.
    ///
    /// # Errors
    /// [`InvalidAction::Unknown`] for an unknown name, [`InvalidAction::Several`] for an operation
    /// that needs more than one permission.
    pub fn parse(text: &str) -> Result<Self, InvalidAction> {
        if let Some(name) = text.strip_prefix("s3:") {
            let operation = Operation::by_name(name).ok_or(InvalidAction::Unknown)?;
            return match operation.row().needs {
                Needs::Copy | Needs::WriteDelete => Err(InvalidAction::Several(operation)),
                _ => Ok(Self::Operation(operation)),
            };
        }
        match text {
            "read" => Ok(Self::Permission(Permission::Read)),
            "write" => Ok(Self::Permission(Permission::Write)),
            "delete" => Ok(Self::Permission(Permission::Delete)),
            "admin" => Ok(Self::Permission(Permission::Admin)),
            "list" => Ok(Self::Permission(Permission::List)),
            _ => Err(InvalidAction::Unknown),
        }
    }

    /// The permission that a user needs for the action; `None` if any permission is enough, or if the
    /// operation is never signed for users.
    pub fn permission(self) -> Option<Permission> {
        self.needed().ok().and_then(Needed::named)
    }

    /// Which permission a user needs for the action.
    ///
    /// # Errors
    /// [`Denied`] if the operation is never signed for users.
    pub fn needed(self) -> Result<Needed, Denied> {
        let operation = match self {
            Self::Permission(permission) => return Ok(Needed::One(permission)),
            Self::Operation(operation) => operation,
        };
        match operation.row().needs {
            Needs::Read => Ok(Needed::One(Permission::Read)),
            Needs::List => Ok(Needed::One(Permission::List)),
            Needs::Write => Ok(Needed::One(Permission::Write)),
            Needs::WriteOrList => Ok(Needed::Either(Permission::Write, Permission::List)),
            Needs::Delete => Ok(Needed::One(Permission::Delete)),
            Needs::Any => Ok(Needed::Any),
            Needs::Root | Needs::RootOptIn | Needs::RootInPlace => Err(Denied::RootOnly(operation)),
            Needs::Never | Needs::Copy | Needs::WriteDelete => Err(Denied::Never(operation)),
        }
    }
}

/// Checks whether `caller` may do `action` in `scope` (a key or a prefix) of `bucket`, and returns
/// how long that is the case if no grant changes.
///
/// # Errors
/// [`Denied`], with the reason.
pub fn check(
    caller: &Caller,
    action: Action,
    bucket: &BucketName,
    scope: &str,
    authority: &Authority,
    now: DateTime<Utc>,
) -> Result<Until, Denied> {
    if !authority.project.active {
        return Err(Denied::ProjectInactive);
    }
    match caller {
        Caller::User(user) => check_user(user, action, bucket, scope, authority, now),
        Caller::Everybody(user) => {
            check_user(user, action, bucket, scope, &authority.of_everybody(), now)
        }
        Caller::Root(_) | Caller::Operator { .. } => check_root(action, bucket, authority),
        Caller::AccessKey(AccessKeyHolder { user: Some(user), limits, .. })
        | Caller::Session(SessionHolder { user: Some(user), limits, .. }) => {
            let cut = check_user(user, action, bucket, scope, &limits.cut(user, authority), now);
            cut.or_else(|denied| {
                check_user(user, action, bucket, scope, authority, now)?;
                Err(Denied::of_key_limits(&denied))
            })
        }
        Caller::AccessKey(AccessKeyHolder { user: None, limits, .. })
        | Caller::Session(SessionHolder { user: None, limits, .. }) => {
            let until = check_root(action, bucket, authority)?;
            let (needs, scope) = root_needs(action, scope);
            let mut needed = needs.into_iter().map(|needed| Requirement { needed, bucket, scope });
            needed.try_for_each(|needed| demand_within(limits, &needed))?;
            Ok(until)
        }
    }
}

/// What an action takes of an access key of the application, and where: what users cannot do takes all
/// of the bucket.
fn root_needs(action: Action, scope: &str) -> (Vec<Needed>, &str) {
    match (action.needed(), action) {
        (Err(_), Action::Operation(operation)) => {
            let kind = kind(operation.row().method);
            (vec![Needed::One(kind), Needed::One(Permission::Admin)], "")
        }
        (Ok(needed), _) => (vec![needed], scope),
        (Err(_), Action::Permission(permission)) => (vec![Needed::One(permission)], scope),
    }
}

fn check_user(
    user: &User,
    action: Action,
    bucket: &BucketName,
    scope: &str,
    authority: &Authority,
    now: DateTime<Utc>,
) -> Result<Until, Denied> {
    let needed = action.needed()?;
    meet(user, &Requirement { needed, bucket, scope }, authority, now)
}

/// Checks an action of root: the application may do everything in its buckets, under their
/// ceilings.
fn check_root(action: Action, bucket: &BucketName, authority: &Authority) -> Result<Until, Denied> {
    let rules =
        authority.buckets.get(bucket).ok_or_else(|| Denied::ForeignBucket(bucket.clone()))?;
    if let Action::Operation(operation) = action {
        let needs = operation.row().needs;
        let opted_in = authority.project.root_extra.iter().any(|name| name == operation.name());
        if needs == Needs::Never {
            return Err(Denied::Never(operation));
        }
        // No request, no body: assume that a restore writes its results elsewhere.
        if matches!(needs, Needs::RootOptIn | Needs::RootInPlace) && !opted_in {
            return Err(Denied::RootOptIn(operation));
        }
    }
    let needed = action.needed().unwrap_or(Needed::Any);
    match needed.named() {
        // Administering grants does not touch the storage: no ceiling keeps the application from
        // it.
        Some(permission) if permission != Permission::Admin && !needed.is_met_by(rules.ceiling) => {
            Err(Denied::Frozen { permission, bucket: bucket.clone() })
        }
        _ => Ok(Until::Indefinite),
    }
}
