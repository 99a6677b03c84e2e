//! A grant as it is kept: the numbers of what it shares with others.

use chrono::{DateTime, Utc};

use super::interner::{Interner, Number};
use crate::domain::{BucketName, Grant, GrantPrefix, Permissions, Subject};

/// A grant without its subject: 16 bytes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Packed {
    bucket: Number,
    prefix: Number,
    period: Number,
    permissions: Permissions,
}

/// Where a grant applies. A subject has one grant at a place.
pub(super) type Place = (Number, Number);

/// When a grant applies: from and until, where there are such ends.
type Period = (Option<DateTime<Utc>>, Option<DateTime<Utc>>);

impl Packed {
    /// Where it applies.
    pub(super) fn place(&self) -> Place {
        (self.bucket, self.prefix)
    }

    /// The bucket.
    pub(super) fn bucket(&self) -> Number {
        self.bucket
    }
}

/// What packed grants refer to.
#[derive(Debug, Default)]
pub(super) struct Shared {
    buckets: Interner<BucketName>,
    prefixes: Interner<GrantPrefix>,
    periods: Interner<Period>,
}

impl Shared {
    /// Packs a grant. Every packed grant is either kept or [released](Self::release).
    pub(super) fn pack(&mut self, grant: &Grant) -> Packed {
        Packed {
            bucket: self.buckets.acquire(&grant.bucket),
            prefix: self.prefixes.acquire(&grant.prefix),
            period: self.periods.acquire(&(grant.not_before, grant.expires_at)),
            permissions: grant.permissions,
        }
    }

    /// Gives up what a grant refers to that is kept no more.
    pub(super) fn release(&mut self, packed: Packed) {
        self.buckets.release(packed.bucket);
        self.prefixes.release(packed.prefix);
        self.periods.release(packed.period);
    }

    /// The grant to `subject`.
    pub(super) fn unpack(&self, packed: Packed, subject: &Subject) -> Grant {
        let (not_before, expires_at) = *self.periods.value(packed.period);
        Grant {
            bucket: self.buckets.value(packed.bucket).clone(),
            prefix: self.prefixes.value(packed.prefix).clone(),
            subject: subject.clone(),
            permissions: packed.permissions,
            not_before,
            expires_at,
        }
    }

    /// The number of a bucket; `None` if no grant is on it.
    pub(super) fn bucket(&self, name: &BucketName) -> Option<Number> {
        self.buckets.find(name)
    }

    /// The name of a bucket that a grant is on.
    pub(super) fn bucket_name(&self, number: Number) -> &BucketName {
        self.buckets.value(number)
    }

    /// The place of a key; `None` if no grant can be there.
    pub(super) fn place(&self, bucket: &BucketName, prefix: &GrantPrefix) -> Option<Place> {
        Some((self.buckets.find(bucket)?, self.prefixes.find(prefix)?))
    }

    /// Gives back the memory that loading left over.
    pub(super) fn shrink(&mut self) {
        self.buckets.shrink();
        self.prefixes.shrink();
        self.periods.shrink();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_packed_grant_takes_16_bytes() {
        assert_eq!(size_of::<Packed>(), 16);
    }
}
