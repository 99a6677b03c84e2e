//! One part of a bucket, with what is allowed there.

use crate::names::{BucketName, Prefix};
use crate::permissions::Permissions;

/// One part of a bucket, with the permissions that are allowed there at most.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Place {
    /// The bucket.
    pub bucket: BucketName,
    /// The part of it.
    pub prefix: Prefix,
    /// The permissions.
    pub permissions: Permissions,
}

impl Place {
    /// What both places allow, where they overlap.
    #[must_use]
    pub fn meet(&self, other: &Self) -> Option<Self> {
        let permissions = self.permissions.intersection(other.permissions);
        if self.bucket != other.bucket || permissions.is_empty() {
            return None;
        }
        let prefix = narrower(&self.prefix, &other.prefix)?;
        Some(Self { bucket: self.bucket.clone(), prefix, permissions })
    }

    /// Whether this place allows nothing that `other` does not.
    pub(super) fn is_within(&self, other: &Self) -> bool {
        self.bucket == other.bucket
            && other.prefix.covers(self.prefix.as_str())
            && self.permissions.without(other.permissions).is_empty()
    }
}

/// The part of a bucket that is in both: the longer prefix, where it is below the other.
pub(super) fn narrower(one: &Prefix, other: &Prefix) -> Option<Prefix> {
    if one.covers(other.as_str()) {
        return Some(other.clone());
    }
    other.covers(one.as_str()).then(|| one.clone())
}
