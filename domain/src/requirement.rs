//! The permissions that a request needs of a user: one for every object that it touches.

use super::denied::Denied;
use super::names::{BucketName, ObjectKey};
use super::permissions::{Permission, Permissions};
use super::s3::{Method, Needs, S3Request, Target};
use super::storage_contract::StorageContract;

/// Which permission is needed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Needed {
    /// Any permission, on any part of the bucket.
    Any,
    /// This one.
    One(Permission),
    /// One of these two. A refusal names the first.
    Either(Permission, Permission),
}

impl Needed {
    /// The permission that a refusal names; `None` where any is enough.
    pub const fn named(self) -> Option<Permission> {
        match self {
            Self::Any => None,
            Self::One(permission) | Self::Either(permission, _) => Some(permission),
        }
    }

    /// The permissions of which each is enough; none is named where any is.
    pub fn each(self) -> impl Iterator<Item = Permission> {
        let each = match self {
            Self::Any => [None, None],
            Self::One(permission) => [Some(permission), None],
            Self::Either(one, other) => [Some(one), Some(other)],
        };
        each.into_iter().flatten()
    }

    /// Whether who holds `permissions` has what is needed.
    pub fn is_met_by(self, permissions: Permissions) -> bool {
        self == Self::Any && !permissions.is_empty()
            || self.each().any(|permission| permissions.contains(permission))
    }
}

/// A permission that a request needs of a user, and the place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Requirement<'a> {
    /// The permission.
    pub needed: Needed,
    /// The bucket.
    pub bucket: &'a BucketName,
    /// The key, or the prefix of a listing; empty for the whole bucket.
    pub scope: &'a str,
}

/// All permissions that a request needs of a user: one for every object that it touches.
///
/// # Errors
/// [`Denied`] if the operation is never signed for users.
pub fn requirements<'a>(
    request: &'a S3Request,
    storage: &StorageContract,
) -> Result<Vec<Requirement<'a>>, Denied> {
    let operation = request.operation();
    let Some(bucket) = request.target().bucket() else {
        return Err(Denied::RootOnly(operation));
    };
    let takes =
        |permission, bucket, scope| Requirement { needed: Needed::One(permission), bucket, scope };
    let here = scope(request);
    let source = request.source();
    Ok(match operation.row().needs {
        Needs::Read => vec![takes(Permission::Read, bucket, here)],
        Needs::List => vec![takes(Permission::List, bucket, here)],
        Needs::Write => vec![takes(Permission::Write, bucket, here)],
        Needs::WriteOrList => {
            let needed = Needed::Either(Permission::Write, Permission::List);
            vec![Requirement { needed, bucket, scope: here }]
        }
        Needs::Delete => match request.deleted_keys() {
            Some(keys) => keys
                .iter()
                .map(ObjectKey::as_str)
                // If the storage does not bind bodies, the signature works for any keys: require
                // them all.
                .chain((!storage.binds_body).then_some(here))
                .map(|scope| takes(Permission::Delete, bucket, scope))
                .collect(),
            None => vec![takes(Permission::Delete, bucket, here)],
        },
        Needs::WriteDelete => [Some(here), source.map(|source| source.key.as_str())]
            .into_iter()
            .flatten()
            .flat_map(|key| {
                [takes(Permission::Write, bucket, key), takes(Permission::Delete, bucket, key)]
            })
            .collect(),
        Needs::Copy => {
            let source = source.ok_or(Denied::Never(operation))?;
            vec![
                takes(Permission::Write, bucket, here),
                takes(Permission::Read, &source.bucket, source.key.as_str()),
            ]
        }
        Needs::Any => vec![Requirement { needed: Needed::Any, bucket, scope: "" }],
        Needs::Root | Needs::RootOptIn | Needs::RootInPlace => {
            return Err(Denied::RootOnly(operation));
        }
        Needs::Never => return Err(Denied::Never(operation)),
    })
}

/// The kinds of permissions that a request exercises, for any caller. An operation that users
/// cannot do counts as the permission that its method implies.
pub(super) fn kinds(request: &S3Request) -> Permissions {
    let kinds: &[Permission] = match request.operation().row().needs {
        Needs::Read | Needs::Any => &[Permission::Read],
        Needs::List => &[Permission::List],
        Needs::WriteOrList => &[Permission::Write, Permission::List],
        Needs::Write => &[Permission::Write],
        Needs::Delete => &[Permission::Delete],
        Needs::WriteDelete => &[Permission::Write, Permission::Delete],
        Needs::Copy => &[Permission::Write, Permission::Read],
        Needs::Root | Needs::RootOptIn | Needs::RootInPlace | Needs::Never => {
            &[kind(request.method())]
        }
    };
    kinds.iter().copied().collect()
}

/// The permission that an HTTP method implies.
pub(super) const fn kind(method: Method) -> Permission {
    match method {
        Method::Get | Method::Head => Permission::Read,
        Method::Put | Method::Post => Permission::Write,
        Method::Delete => Permission::Delete,
    }
}

/// The part of the bucket that a request reaches: its key, its listing's prefix, or the whole
/// bucket.
fn scope(request: &S3Request) -> &str {
    match (request.target(), request.listing_prefix()) {
        (Target::Object(_, key), _) => key.as_str(),
        (_, Some(prefix)) => prefix,
        (Target::Account | Target::Bucket(_), None) => "",
    }
}
