//! Access checks without a request: whether a caller may do an action in a place.

use chrono::{DateTime, Utc};

use super::access_key::AccessKeyHolder;
use super::authority::{Authority, Until};
use super::caller::{Caller, User};
use super::decide::{demand_within, meet};
use super::denied::Denied;
use super::names::BucketName;
use super::permissions::Permission;
use super::requirement::{Requirement, kind};
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
    #[error("`read`, `write`, `delete`, `admin`, or an S3 operation such as `s3:GetObject`")]
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
            _ => Err(InvalidAction::Unknown),
        }
    }

    /// The permission that a user needs for the action; `None` if any permission is enough.
    ///
    /// # Errors
    /// [`Denied`] if the operation is never signed for users.
    pub fn permission(self) -> Result<Option<Permission>, Denied> {
        let operation = match self {
            Self::Permission(permission) => return Ok(Some(permission)),
            Self::Operation(operation) => operation,
        };
        match operation.row().needs {
            Needs::Read => Ok(Some(Permission::Read)),
            Needs::Write => Ok(Some(Permission::Write)),
            Needs::Delete => Ok(Some(Permission::Delete)),
            Needs::Any => Ok(None),
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
            let cut = check_user(user, action, bucket, scope, &limits.cut(authority), now);
            cut.or_else(|denied| {
                check_user(user, action, bucket, scope, authority, now)?;
                Err(Denied::of_key_limits(&denied))
            })
        }
        Caller::AccessKey(AccessKeyHolder { user: None, limits, .. })
        | Caller::Session(SessionHolder { user: None, limits, .. }) => {
            let until = check_root(action, bucket, authority)?;
            let (needs, scope) = root_needs(action, scope);
            let mut needed =
                needs.into_iter().map(|permission| Requirement { permission, bucket, scope });
            needed.try_for_each(|needed| demand_within(limits, &needed))?;
            Ok(until)
        }
    }
}

/// What an action takes of an access key of the application, and where: what users cannot do takes all
/// of the bucket.
fn root_needs(action: Action, scope: &str) -> (Vec<Option<Permission>>, &str) {
    match (action.permission(), action) {
        (Err(_), Action::Operation(operation)) => {
            let kind = kind(operation.row().method);
            (vec![Some(kind), Some(Permission::Admin)], "")
        }
        (Ok(permission), _) => (vec![permission], scope),
        (Err(_), Action::Permission(permission)) => (vec![Some(permission)], scope),
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
    let permission = action.permission()?;
    meet(user, &Requirement { permission, bucket, scope }, authority, now)
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
    match action.permission() {
        // Administering grants does not touch the storage: no ceiling keeps the application from
        // it.
        Ok(Some(permission))
            if permission != Permission::Admin && !rules.ceiling.contains(permission) =>
        {
            Err(Denied::Frozen { permission, bucket: bucket.clone() })
        }
        _ => Ok(Until::Indefinite),
    }
}
